package records

import (
	"errors"

	"privd/market"
	"privd/market/task"
)

var _ task.Tx = (*Tx)(nil)

// PutTask stores the task, replacing one of the same kind and key; its Revision
// becomes one more than the stored one's.
func (tx *Tx) PutTask(t task.Task) error {
	old, err := tx.Task(t.Kind, t.Key)
	switch {
	case err == nil:
		t.Revision = old.Revision + 1
	case errors.Is(err, market.ErrNotFound):
		t.Revision = 1
	default:
		return err
	}
	if err := tasks.put(tx, t); err != nil {
		return err
	}
	tx.tasks = append(tx.tasks, t)
	return nil
}

// Task returns a stored task; NotFound when there is none.
func (tx *Tx) Task(kind task.Kind, name string) (task.Task, error) {
	return tasks.get(tx, taskKey(kind, name))
}

// DeleteTask removes a task; removing what is gone is fine.
func (tx *Tx) DeleteTask(kind task.Kind, name string) error {
	return tasks.remove(tx, taskKey(kind, name))
}

// EachTask calls each with every stored task, in order of kind and key, until it
// returns false.
func (tx *Tx) EachTask(each func(task.Task) bool) error { return tasks.each(tx, nil, each) }
