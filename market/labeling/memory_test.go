package labeling_test

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"privd/market"
	"privd/market/account"
	"privd/market/contribution"
	"privd/market/deal"
	"privd/market/earning"
	"privd/market/labeling"
	"privd/market/reputation"
	"privd/market/task"
)

// memory is a store in memory: what a failed update wrote is gone.
type memory struct{ rows rows }

type reference struct {
	source earning.Source
	name   string
}

type rows struct {
	contributions map[market.ContributionID]contribution.Contribution
	earnings      map[reference]earning.Earning
	items         map[market.ContributionID]labeling.Item
	tasks         map[labeling.TaskID]labeling.Task
	stats         map[market.UserID]reputation.Stats
	stakes        map[market.Address]deal.Event
	due           map[string]task.Task
}

func newMemory() *memory {
	return &memory{rows{
		map[market.ContributionID]contribution.Contribution{}, map[reference]earning.Earning{},
		map[market.ContributionID]labeling.Item{}, map[labeling.TaskID]labeling.Task{},
		map[market.UserID]reputation.Stats{}, map[market.Address]deal.Event{}, map[string]task.Task{},
	}}
}

func (r rows) clone() rows {
	return rows{
		maps.Clone(r.contributions), maps.Clone(r.earnings), maps.Clone(r.items), maps.Clone(r.tasks),
		maps.Clone(r.stats), maps.Clone(r.stakes), maps.Clone(r.due),
	}
}

func (m *memory) View(_ context.Context, fn func(labeling.Tx) error) error {
	return fn(&memoryTx{rows: m.rows.clone()})
}

func (m *memory) Update(_ context.Context, fn func(labeling.Tx) error) error {
	tx := &memoryTx{rows: m.rows.clone()}
	if err := fn(tx); err != nil {
		return err
	}
	m.rows = tx.rows
	return nil
}

// memoryTx has what labeling uses of a transaction.
type memoryTx struct {
	contribution.Tx
	rows rows
}

func find[K comparable, V any](m map[K]V, k K) (V, error) {
	v, ok := m[k]
	if !ok {
		return v, market.ErrNotFound
	}
	return v, nil
}

func (t *memoryTx) Contribution(id market.ContributionID) (contribution.Contribution, error) {
	return find(t.rows.contributions, id)
}

func (t *memoryTx) PutContribution(c contribution.Contribution) error {
	t.rows.contributions[c.ID] = c
	return nil
}

func (t *memoryTx) FileMarked(market.Hash) (bool, error) { return false, nil }

func (t *memoryTx) Referrer(market.UserID) (market.UserID, error) { return "", nil }

func (t *memoryTx) EarningByReference(s earning.Source, name string) (earning.Earning, error) {
	return find(t.rows.earnings, reference{s, name})
}

func (t *memoryTx) PutEarning(e earning.Earning) error {
	t.rows.earnings[reference{e.Source, e.Reference}] = e
	return nil
}

func (t *memoryTx) PutTask(due task.Task) error {
	t.rows.due[string(due.Kind)+due.Key] = due
	return nil
}

func (t *memoryTx) Task(kind task.Kind, key string) (task.Task, error) {
	return find(t.rows.due, string(kind)+key)
}

func (t *memoryTx) DeleteTask(kind task.Kind, key string) error {
	delete(t.rows.due, string(kind)+key)
	return nil
}

// User gives every user a wallet that begins with the name.
func (t *memoryTx) User(id market.UserID) (account.User, error) {
	u := account.User{ID: id}
	copy(u.Wallet[:], id)
	return u, nil
}

func (t *memoryTx) LastStake(a market.Address) (deal.Event, error) { return find(t.rows.stakes, a) }

func (t *memoryTx) Cooldowns(market.Address, func(deal.Event) bool) error { return nil }

func (t *memoryTx) LabelStats(id market.UserID) (reputation.Stats, error) {
	s := t.rows.stats[id]
	s.User = id
	return s, nil
}

func (t *memoryTx) PutLabelStats(s reputation.Stats) error {
	t.rows.stats[s.User] = s
	return nil
}

func (t *memoryTx) LabelItem(id market.ContributionID) (labeling.Item, error) {
	return find(t.rows.items, id)
}

func (t *memoryTx) PutLabelItem(it labeling.Item) error {
	it.Ballots = slices.Clone(it.Ballots)
	t.rows.items[it.Contribution] = it
	return nil
}

func (t *memoryTx) LabelTask(id labeling.TaskID) (labeling.Task, error) {
	return find(t.rows.tasks, id)
}

func (t *memoryTx) PutLabelTask(l labeling.Task) error {
	t.rows.tasks[l.ID] = l
	return nil
}

func (t *memoryTx) each(pick func(labeling.Item) bool, each func(labeling.Item) bool) error {
	all := slices.SortedFunc(maps.Values(t.rows.items), func(a, b labeling.Item) int {
		return cmp.Or(a.OpenedAt.Compare(b.OpenedAt), cmp.Compare(a.Contribution, b.Contribution))
	})
	for _, it := range all {
		if pick(it) && !each(it) {
			return nil
		}
	}
	return nil
}

func (t *memoryTx) OfferedItems(each func(labeling.Item) bool) error {
	return t.each(func(it labeling.Item) bool { return it.State == labeling.Offered }, each)
}

func (t *memoryTx) UndecidedItems(each func(labeling.Item) bool) error {
	return t.each(func(it labeling.Item) bool { return it.State.Undecided() }, each)
}

func (t *memoryTx) GoldItems(each func(labeling.Item) bool) error {
	return t.each(func(it labeling.Item) bool { return it.Gold != "" }, each)
}

func (t *memoryTx) pick(want func(labeling.Task) bool) (out []labeling.Task) {
	for _, l := range t.rows.tasks {
		if want(l) {
			out = append(out, l)
		}
	}
	slices.SortFunc(out, func(a, b labeling.Task) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

func (t *memoryTx) Assigned(user market.UserID, item market.ContributionID) (bool, error) {
	return len(t.pick(func(l labeling.Task) bool { return l.User == user && l.Item == item })) > 0, nil
}

func (t *memoryTx) Hand(user market.UserID) ([]labeling.Task, error) {
	return t.pick(func(l labeling.Task) bool { return l.User == user && l.State == labeling.Open }), nil
}

func (t *memoryTx) LabelTasksOf(item market.ContributionID) ([]labeling.Task, error) {
	return t.pick(func(l labeling.Task) bool { return l.Item == item && l.Live() }), nil
}
