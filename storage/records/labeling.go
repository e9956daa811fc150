package records

import (
	"errors"

	"privd/market"
	"privd/market/labeling"
	"privd/market/reputation"
)

var (
	_ labeling.Tx   = (*Tx)(nil)
	_ reputation.Tx = (*Tx)(nil)
)

// LabelItem implements labeling.Tx.
func (tx *Tx) LabelItem(id market.ContributionID) (labeling.Item, error) {
	return labelItems.get(tx, textKey(id))
}

// PutLabelItem implements labeling.Tx.
func (tx *Tx) PutLabelItem(it labeling.Item) error { return labelItems.put(tx, it) }

// OfferedItems implements labeling.Tx.
func (tx *Tx) OfferedItems(each func(labeling.Item) bool) error {
	return labelItems.by(tx, "offered", nil, each)
}

// UndecidedItems implements labeling.Tx.
func (tx *Tx) UndecidedItems(each func(labeling.Item) bool) error {
	return labelItems.by(tx, "undecided", nil, each)
}

// GoldItems implements labeling.Tx.
func (tx *Tx) GoldItems(each func(labeling.Item) bool) error {
	return labelItems.by(tx, "gold", nil, each)
}

// LabelTask implements labeling.Tx.
func (tx *Tx) LabelTask(id labeling.TaskID) (labeling.Task, error) {
	return labelTasks.get(tx, textKey(id))
}

// PutLabelTask implements labeling.Tx.
func (tx *Tx) PutLabelTask(t labeling.Task) error { return labelTasks.put(tx, t) }

// Assigned implements labeling.Tx.
func (tx *Tx) Assigned(user market.UserID, item market.ContributionID) (bool, error) {
	_, err := labelTasks.find(tx, "labeler", textKey(user).text(string(item)))
	if errors.Is(err, market.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Hand implements labeling.Tx.
func (tx *Tx) Hand(user market.UserID) ([]labeling.Task, error) {
	return collect(labelTasks.by, tx, "hand", textKey(user))
}

// LabelTasksOf implements labeling.Tx.
func (tx *Tx) LabelTasksOf(item market.ContributionID) ([]labeling.Task, error) {
	return collect(labelTasks.by, tx, "item", textKey(item))
}

// LabelStats implements reputation.Tx.
func (tx *Tx) LabelStats(user market.UserID) (reputation.Stats, error) {
	s, err := labelStats.get(tx, textKey(user))
	if errors.Is(err, market.ErrNotFound) {
		return reputation.Stats{User: user}, nil
	}
	return s, err
}

// PutLabelStats implements reputation.Tx.
func (tx *Tx) PutLabelStats(s reputation.Stats) error { return labelStats.put(tx, s) }
