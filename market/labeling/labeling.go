// Package labeling has people look at what the review could not decide. A held
// contribution becomes an item; each labeler gets a task of its own for it; when
// enough have answered, the majority decides the contribution, and who agreed is
// paid. Among the tasks are some whose answer is known, which look like all others.
//
// It promises that a contribution is decided once, that each task pays at most once,
// and that counts and money move in the transaction of the decision. A labeler sees a
// small preview, never the file.
package labeling

import (
	"time"

	"privd/market"
	"privd/market/contribution"
	"privd/market/earning"
	"privd/market/media"
	"privd/market/reputation"
	"privd/market/review"
	"privd/market/task"
)

// TaskID names a task: one item in front of one labeler.
type TaskID string

// Label is what somebody says of an item.
type Label string

// The labels. Unsure is an honest "I cannot tell": it does not vote, pays nothing and
// is not counted.
const (
	Good          Label = "good"          // usable, and what it claims to be
	Poor          Label = "poor"          // too bad to be of use
	Spam          Label = "spam"          // filler, advertising, generated noise
	Inappropriate Label = "inappropriate" // must not be sold
	Unsure        Label = "unsure"
)

// Labels lists the labels, in the order in which they are shown. Of reasons to
// reject that are as frequent, the last one is named.
func Labels() []Label { return []Label{Good, Poor, Spam, Inappropriate, Unsure} }

// Valid reports whether l is one of the labels.
func (l Label) Valid() bool {
	switch l {
	case Good, Poor, Spam, Inappropriate, Unsure:
		return true
	}
	return false
}

// votes reports whether a label says anything of its item.
func (l Label) votes() bool { return l.Valid() && l != Unsure }

// agrees reports whether two labels that vote lead to the same verdict. Why to
// reject is a matter of taste; whether to is not.
func (l Label) agrees(other Label) bool { return (l == Good) == (other == Good) }

// ItemState is where an item stands.
type ItemState string

// The states of an item. The last three are ends.
const (
	Offered   ItemState = "offered"   // people may label it
	Escalated ItemState = "escalated" // people disagree; the operator decides
	Decided   ItemState = "decided"
	Withdrawn ItemState = "withdrawn" // its contribution is gone
)

// Undecided reports whether the item still waits for a decision.
func (s ItemState) Undecided() bool { return s == Offered || s == Escalated }

// Ballot is one answer that an item got.
type Ballot struct {
	Task  TaskID
	User  market.UserID
	Label Label
	Score review.Permille
}

// Item is a contribution that people look at.
type Item struct {
	Contribution market.ContributionID
	Owner        market.UserID
	Kind         media.Kind
	MIME         string
	State        ItemState
	Why          string // the review held it
	Ballots      []Ballot
	Assigned     int // tasks that were handed out for its decision
	// Gold is the known answer of an item that tests labelers; empty when it does not.
	Gold     Label
	OpenedAt time.Time
	// Once decided.
	Outcome  Label
	By       Decider
	Score    review.Permille // the median of those who agreed
	ClosedAt time.Time
}

// Decider is who decided an item.
type Decider string

// The deciders.
const (
	ByLabelers Decider = "labelers"
	ByOperator Decider = "operator"
)

// TaskState is where a task stands.
type TaskState string

// The states of a task. The last three are ends; Right and Wrong are counted.
const (
	Open     TaskState = "open"     // in front of its labeler
	Answered TaskState = "answered" // the outcome is not known yet
	Right    TaskState = "right"
	Wrong    TaskState = "wrong"
	Void     TaskState = "void" // unsure, or closed before it counted
)

// Task is one item in front of one labeler.
type Task struct {
	ID   TaskID
	User market.UserID
	Item market.ContributionID
	Kind media.Kind
	MIME string
	// Answer is what is known to be right, when the task tests its labeler; empty
	// when it does not. Nobody but the node sees that.
	Answer     Label
	Reward     market.Amount // wei of PRIV, for a right answer
	State      TaskState
	Label      Label
	Score      review.Permille
	AssignedAt time.Time
	AnsweredAt time.Time
	ClosedAt   time.Time
}

// Live reports whether the task is to decide its item and has not ended.
func (t Task) Live() bool { return t.Answer == "" && (t.State == Open || t.State == Answered) }

// Rules are how many people a decision takes and what they get.
type Rules struct {
	Labels    int           // votes that decide, if one side has the majority
	Most      int           // votes after which the operator decides
	GoldShare uint16        // tasks with a known answer, in thousandths of all
	GoldDelay time.Duration // up to which their outcome is held back, so that it tells nothing
	Reward    market.Amount // wei of PRIV for a right answer
	Levels    reputation.Rules
}

// DefaultRules returns the rules of a production node.
func DefaultRules() Rules {
	return Rules{
		Labels: 3, Most: 7, GoldShare: 100, GoldDelay: 10 * time.Minute,
		Reward: market.Wei(50_000_000_000_000_000), Levels: reputation.DefaultRules(),
	}
}

// The bounds of Rules.
const (
	maxLabels    = 25
	maxGoldShare = 500
	maxGoldDelay = 24 * time.Hour
)

// Validate returns a market.Invalid that names the field at fault.
func (r Rules) Validate() error {
	switch {
	case r.Labels < 1 || r.Labels > maxLabels:
		return market.BadField("labels", "labeling.labels must be from 1 to 25")
	case r.Most < r.Labels || r.Most > maxLabels:
		return market.BadField("most_labels", "labeling.most_labels must be from labeling.labels to 25")
	case r.GoldShare > maxGoldShare:
		return market.BadField("gold_share", "labeling.gold_share must be at most 500 (thousandths)")
	case r.GoldDelay < 0 || r.GoldDelay > maxGoldDelay:
		return market.BadField("gold_delay", "labeling.gold_delay must be from 0 to 24h")
	}
	return r.Levels.Validate()
}

// Access is what a level may label. All of it bounds what one user sees of other
// people's content.
type Access struct {
	Kinds []media.Kind
	Hand  int    // tasks at once
	Daily uint64 // answers in a day, UTC
}

// access follows the documented levels: limited for beginners, full from Expert on.
var access = map[reputation.Level]Access{
	reputation.Novice:     {Kinds: []media.Kind{media.Photo, media.Text}, Hand: 5, Daily: 50},
	reputation.Apprentice: {Kinds: []media.Kind{media.Photo, media.Text, media.Voice}, Hand: 10, Daily: 200},
	reputation.Expert:     {Kinds: media.Kinds(), Hand: 20, Daily: 500},
	reputation.Master:     {Kinds: media.Kinds(), Hand: 40, Daily: 1000},
	reputation.Elite:      {Kinds: media.Kinds(), Hand: 60, Daily: 2000},
}

// AccessOf returns what a level may label.
func AccessOf(l reputation.Level) Access { return access[l] }

// Tx is the part of a transaction that labeling needs.
type Tx interface {
	task.Tx
	earning.Tx
	contribution.Tx
	reputation.Tx
	// LabelItem returns NotFound when a contribution is no item.
	LabelItem(market.ContributionID) (Item, error)
	PutLabelItem(Item) error
	// OfferedItems calls each with the items people may label, oldest first,
	// UndecidedItems with those that wait for a decision, GoldItems with those whose
	// answer is known, until it returns false.
	OfferedItems(each func(Item) bool) error
	UndecidedItems(each func(Item) bool) error
	GoldItems(each func(Item) bool) error
	// LabelTask returns NotFound when there is none.
	LabelTask(TaskID) (Task, error)
	PutLabelTask(Task) error
	// Assigned reports whether a user ever had a task for an item.
	Assigned(market.UserID, market.ContributionID) (bool, error)
	// Hand lists the open tasks of a user, oldest first.
	Hand(market.UserID) ([]Task, error)
	// LabelTasksOf lists the tasks that are to decide an item and are neither counted
	// nor void.
	LabelTasksOf(market.ContributionID) ([]Task, error)
}

// Service runs the labeling. Its fields are required.
type Service struct {
	Store market.Store[Tx]
	Clock market.Clock
	Rules Rules
	// Decide moves a held contribution, in the caller's transaction; the method of
	// contribution.Service.
	Decide func(tx contribution.Tx, id market.ContributionID, v review.Verdict, reason string) error
}

// Hold makes a contribution that the review holds an item: part of that
// transaction. Holding it again changes nothing.
func (s *Service) Hold(tx Tx, c contribution.Contribution) error {
	_, err := tx.LabelItem(c.ID)
	if market.CodeOf(err) != market.NotFound || err == nil {
		return err
	}
	return tx.PutLabelItem(Item{
		Contribution: c.ID, Owner: c.User, Kind: c.Kind, MIME: c.MIME, State: Offered, Why: c.Reason,
		OpenedAt: s.now(),
	})
}

func (s *Service) now() time.Time { return s.Clock().UTC().Truncate(time.Millisecond) }
