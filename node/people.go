package node

import (
	"context"
	"fmt"
	"time"

	"privd/api"
	"privd/market"
	"privd/market/account"
	"privd/market/contribution"
	"privd/market/erasure"
	"privd/market/labeling"
	"privd/market/preview"
	"privd/market/reputation"
	"privd/market/review"
	"privd/market/task"
	"privd/storage/records"
)

// Labeling is how people decide what the review holds.
type Labeling struct {
	Labels     int           `toml:"labels"`      // votes that decide
	MostLabels int           `toml:"most_labels"` // votes after which the operator decides
	GoldShare  uint16        `toml:"gold_share"`  // tasks whose answer is known, in thousandths
	GoldDelay  time.Duration `toml:"gold_delay"`  // up to which the outcome of those is held back
	Reward     string        `toml:"reward"`      // PRIV for a right label
}

// Reputation is what levels 2 to 5 take; each list has four entries.
type Reputation struct {
	Tasks    []uint64 `toml:"tasks"`
	Accuracy []uint16 `toml:"accuracy"` // in thousandths
	Stake    []string `toml:"stake"`    // PRIV
}

func defaultLabeling() Labeling {
	r := labeling.DefaultRules()
	return Labeling{Labels: r.Labels, MostLabels: r.Most, GoldShare: r.GoldShare, GoldDelay: r.GoldDelay, Reward: r.Reward.PRIV()}
}

func defaultReputation() (out Reputation) {
	for _, need := range reputation.DefaultRules() {
		out.Tasks = append(out.Tasks, need.Tasks)
		out.Accuracy = append(out.Accuracy, uint16(need.Accuracy))
		out.Stake = append(out.Stake, need.Stake.PRIV())
	}
	return out
}

// labeling returns the rules of the config; Invalid names the field at fault.
func (c Config) labeling() (r labeling.Rules, err error) {
	l := c.Labeling
	r = labeling.Rules{Labels: l.Labels, Most: l.MostLabels, GoldShare: l.GoldShare, GoldDelay: l.GoldDelay}
	if r.Reward, err = market.ParsePRIV(l.Reward); err != nil {
		return r, market.BadField("labeling.reward", "labeling.reward must be a decimal number of PRIV, in quotes")
	}
	if r.Levels, err = c.Reputation.rules(); err != nil {
		return r, err
	}
	return r, r.Validate()
}

func (c Reputation) rules() (r reputation.Rules, err error) {
	for name, n := range map[string]int{"tasks": len(c.Tasks), "accuracy": len(c.Accuracy), "stake": len(c.Stake)} {
		if n != len(r) {
			return r, market.BadField("reputation."+name, fmt.Sprintf("reputation.%s must have %d entries, for levels 2 to 5", name, len(r)))
		}
	}
	for i := range r {
		r[i].Tasks, r[i].Accuracy = c.Tasks[i], review.Permille(c.Accuracy[i])
		if r[i].Stake, err = market.ParsePRIV(c.Stake[i]); err != nil {
			return r, market.BadField("reputation.stake", "reputation.stake must be decimal numbers of PRIV, in quotes")
		}
	}
	return r, nil
}

// openLabeling joins the review with the people who decide what it holds.
func (n *Node) openLabeling() error {
	rules, err := n.cfg.labeling()
	if err != nil {
		return err
	}
	n.labeling = &labeling.Service{
		Store: records.As[labeling.Tx](n.records), Clock: n.clock.Now, Rules: rules, Decide: n.contributions.Decide,
	}
	n.contributions.Held = func(tx contribution.Tx, c contribution.Contribution) error {
		all, ok := tx.(labeling.Tx)
		if !ok {
			return fmt.Errorf("contribution transaction is %T", tx)
		}
		return n.labeling.Hold(all, c)
	}
	n.erasures.Gone = func(tx erasure.Tx, id market.ContributionID) error {
		all, ok := tx.(labeling.Tx)
		if !ok {
			return fmt.Errorf("erasure transaction is %T", tx)
		}
		return n.labeling.Forget(all, id)
	}
	return nil
}

// judgeLabel does label-answer tasks.
func (n *Node) judgeLabel(ctx context.Context, key string, _ int) (task.Next, error) {
	return n.labeling.Judge(ctx, labeling.TaskID(key))
}

// reputations tells how users stand.
type reputations struct{ n *Node }

// Reputation implements api.Reputations.
func (r reputations) Reputation(ctx context.Context, caller account.Caller, who api.Selector) (out reputation.Reputation, err error) {
	err = r.n.records.View(ctx, func(tx *records.Tx) error {
		u, err := selected(tx, caller, who)
		if err != nil {
			return err
		}
		out, err = r.n.labeling.Rules.Levels.Read(tx, u.ID)
		return err
	})
	return out, err
}

// labels serves the labeling to the API, with the previews of what is to be labeled.
type labels struct {
	*labeling.Service
	n *Node
}

// Preview implements api.Labeling.
func (l labels) Preview(ctx context.Context, user market.UserID, id labeling.TaskID) (preview.Preview, error) {
	c, err := l.Look(ctx, user, id)
	if err != nil {
		return preview.Preview{}, err
	}
	return l.n.gallery.Preview(ctx, c.User, c.ID, "")
}

// ItemPreview implements api.Labeling.
func (l labels) ItemPreview(ctx context.Context, id market.ContributionID) (preview.Preview, error) {
	var it labeling.Item
	err := l.n.records.View(ctx, func(tx *records.Tx) (err error) { it, err = tx.LabelItem(id); return err })
	if err != nil {
		return preview.Preview{}, err
	}
	return l.n.gallery.Preview(ctx, it.Owner, it.Contribution, "")
}
