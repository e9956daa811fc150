package labeling_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"privd/market"
	"privd/market/contribution"
	"privd/market/deal"
	"privd/market/earning"
	"privd/market/labeling"
	"privd/market/media"
	"privd/market/reputation"
	"privd/market/review"
	"privd/market/task"
)

var start = time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)

// room is a labeling service over a store in memory, with the owner "olga".
type room struct {
	*labeling.Service
	store *memory
	now   time.Time
	made  int
}

func newRoom(change func(*labeling.Rules)) *room {
	r := &room{store: newMemory(), now: start}
	clock := func() time.Time { return r.now }
	rules := labeling.DefaultRules()
	rules.GoldDelay, rules.GoldShare = 0, 0
	if change != nil {
		change(&rules)
	}
	contributions := &contribution.Service{Clock: clock}
	r.Service = &labeling.Service{Store: r.store, Clock: clock, Rules: rules, Decide: contributions.Decide}
	return r
}

// hold has a contribution of olga's wait for people.
func (r *room) hold(t require.TestingT, kind media.Kind) market.ContributionID {
	r.made++
	r.now = r.now.Add(time.Second)
	id := market.ContributionID(fmt.Sprintf("contrib_%03d", r.made))
	c := contribution.Contribution{ID: id, User: "olga", Kind: kind, MIME: "image/png", Status: contribution.Pending, Reason: "held"}
	require.NoError(t, r.store.Update(context.Background(), func(tx labeling.Tx) error {
		if err := tx.PutContribution(c); err != nil {
			return err
		}
		return r.Hold(tx, c)
	}))
	return id
}

// hand returns the tasks in front of a user.
func (r *room) hand(t require.TestingT, user market.UserID) []labeling.Task {
	tasks, total, err := r.Tasks(context.Background(), user, 100, 0)
	require.NoError(t, err)
	require.Len(t, tasks, total)
	return tasks
}

// task returns a user's task for an item.
func (r *room) task(t require.TestingT, user market.UserID, item market.ContributionID) labeling.Task {
	for _, l := range r.hand(t, user) {
		if l.Item == item {
			return l
		}
	}
	require.Fail(t, "no task", "%s has no task for %s", user, item)
	return labeling.Task{}
}

func (r *room) say(t require.TestingT, user market.UserID, item market.ContributionID, label labeling.Label, score review.Permille) labeling.Task {
	l, err := r.Answer(context.Background(), user, r.task(t, user, item).ID, label, score)
	require.NoError(t, err)
	return l
}

func (r *room) earning(l labeling.Task) earning.Earning {
	return r.store.rows.earnings[reference{earning.Labeling, string(l.ID)}]
}

// TestDecision plays a decision: two of three find it good, the owner is rewarded,
// those two are paid and the third is not.
func TestDecision(t *testing.T) {
	t.Parallel()
	r := newRoom(nil)
	id := r.hold(t, media.Photo)
	require.Empty(t, r.hand(t, "olga"), "nobody labels what is their own")
	a := r.say(t, "anna", id, labeling.Good, 900)
	require.Equal(t, earning.Pending, r.earning(a).Status)
	require.Equal(t, string(a.ID), r.earning(a).Reference)
	require.Empty(t, r.hand(t, "anna"), "once for each item")
	b := r.say(t, "ben", id, labeling.Spam, 100)
	require.Equal(t, contribution.Pending, r.store.rows.contributions[id].Status)
	c := r.say(t, "cora", id, labeling.Good, 700)

	held := r.store.rows.contributions[id]
	require.Equal(t, contribution.Approved, held.Status)
	require.Equal(t, "People looked at it and found it good, 2 of 3.", held.Reason)
	require.Equal(t, contribution.Reward(media.Photo, contribution.Consent{}), held.Earned)
	reward := r.store.rows.earnings[reference{earning.DataSales, string(id)}]
	require.Equal(t, earning.Confirmed, reward.Status)
	require.Equal(t, held.Earned, reward.Amount)
	for task, want := range map[labeling.Task]earning.Status{a: earning.Confirmed, b: earning.Cancelled, c: earning.Confirmed} {
		require.Equal(t, want, r.earning(task).Status, task.User)
		require.Equal(t, labeling.DefaultRules().Reward, r.earning(task).Amount)
	}
	it := r.store.rows.items[id]
	require.Equal(t, labeling.Decided, it.State)
	require.Equal(t, labeling.Good, it.Outcome)
	require.Equal(t, review.Permille(700), it.Score, "the lower median of those who agreed")
	require.Equal(t, reputation.Stats{User: "ben", Decided: 1, Day: 20240, Today: 1}, r.store.rows.stats["ben"])
	require.Equal(t, reputation.Stats{User: "cora", Decided: 1, Agreed: 1, Day: 20240, Today: 1}, r.store.rows.stats["cora"])
	require.Empty(t, r.hand(t, "dave"), "it is decided")
}

// TestConsensus is the table of decisions.
func TestConsensus(t *testing.T) {
	t.Parallel()
	const good, poor, spam, bad, unsure = labeling.Good, labeling.Poor, labeling.Spam, labeling.Inappropriate, labeling.Unsure
	for _, c := range []struct {
		name         string
		labels, most int
		say          []labeling.Label
		state        labeling.ItemState
		outcome      labeling.Label
		status       contribution.Status
	}{
		{"too few", 3, 7, []labeling.Label{good, good}, labeling.Offered, "", contribution.Pending},
		{"all good", 3, 7, []labeling.Label{good, good, good}, labeling.Decided, good, contribution.Approved},
		{"two of three", 3, 7, []labeling.Label{good, poor, good}, labeling.Decided, good, contribution.Approved},
		{"reasons to reject add up", 3, 7, []labeling.Label{poor, good, spam}, labeling.Decided, spam, contribution.Rejected},
		{"the usual reason is named", 3, 7, []labeling.Label{poor, poor, bad}, labeling.Decided, poor, contribution.Rejected},
		{"one is enough", 1, 1, []labeling.Label{spam}, labeling.Decided, spam, contribution.Rejected},
		{"unsure has no vote", 3, 7, []labeling.Label{unsure, good, unsure, good, poor}, labeling.Decided, good, contribution.Approved},
		{"a tie goes on", 2, 5, []labeling.Label{good, poor}, labeling.Offered, "", contribution.Pending},
		{"and ends", 2, 5, []labeling.Label{good, poor, poor}, labeling.Decided, poor, contribution.Rejected},
		{"or comes to the operator", 2, 2, []labeling.Label{good, poor}, labeling.Escalated, "", contribution.Pending},
		{"the longest tie", 4, 4, []labeling.Label{good, poor, good, bad}, labeling.Escalated, "", contribution.Pending},
	} {
		r := newRoom(func(rules *labeling.Rules) { rules.Labels, rules.Most = c.labels, c.most })
		id := r.hold(t, media.Text)
		for i, l := range c.say {
			r.say(t, market.UserID(fmt.Sprintf("user%d", i)), id, l, 500)
		}
		it := r.store.rows.items[id]
		require.Equal(t, c.state, it.State, c.name)
		require.Equal(t, c.outcome, it.Outcome, c.name)
		require.Equal(t, c.status, r.store.rows.contributions[id].Status, c.name)
	}
}

// TestOnce gives answers that must not count: twice, to a task of somebody else, of
// a kind that is none, after the end.
func TestOnce(t *testing.T) {
	t.Parallel()
	r, ctx := newRoom(nil), context.Background()
	id := r.hold(t, media.Photo)
	late := r.task(t, "late", id)
	l := r.task(t, "anna", id)
	for _, c := range []struct {
		user  market.UserID
		id    labeling.TaskID
		label labeling.Label
		score review.Permille
		code  market.Code
	}{
		{"anna", l.ID, "nice", 0, market.Invalid},
		{"anna", l.ID, labeling.Good, 1001, market.Invalid},
		{"ben", l.ID, labeling.Good, 500, market.NotFound},
		{"anna", "task_unknown", labeling.Good, 500, market.NotFound},
	} {
		_, err := r.Answer(ctx, c.user, c.id, c.label, c.score)
		require.Equal(t, c.code, market.CodeOf(err))
	}
	first, err := r.Answer(ctx, "anna", l.ID, labeling.Good, 500)
	require.NoError(t, err)
	same, err := r.Answer(ctx, "anna", l.ID, labeling.Good, 500)
	require.NoError(t, err)
	require.Equal(t, first, same)
	require.Len(t, r.store.rows.items[id].Ballots, 1)
	for _, other := range []labeling.Label{labeling.Good, labeling.Poor} {
		_, err = r.Answer(ctx, "anna", l.ID, other, 501)
		require.Equal(t, market.Conflict, market.CodeOf(err))
	}
	r.say(t, "ben", id, labeling.Good, 500)
	r.say(t, "cora", id, labeling.Good, 500)
	_, err = r.Answer(ctx, "late", late.ID, labeling.Good, 500)
	require.Equal(t, market.Conflict, market.CodeOf(err), "it was closed before")
	require.Empty(t, r.hand(t, "late"))
	_, err = r.Look(ctx, "late", late.ID)
	require.Equal(t, market.NotFound, market.CodeOf(err))
	_, err = r.Answer(ctx, "anna", l.ID, labeling.Good, 500)
	require.NoError(t, err, "the same answer, when all is over")
}

// TestAccess looks at what levels get to see.
func TestAccess(t *testing.T) {
	t.Parallel()
	r := newRoom(nil)
	for range 8 {
		r.hold(t, media.Photo)
	}
	video, voice := r.hold(t, media.Video), r.hold(t, media.Voice)
	kinds := func(user market.UserID) map[market.ContributionID]bool {
		out := map[market.ContributionID]bool{}
		for _, l := range r.hand(t, user) {
			out[l.Item] = true
		}
		return out
	}
	novice := kinds("nora")
	require.Len(t, novice, 5, "a small hand")
	require.Equal(t, novice, kinds("nora"), "which stays until it is played")
	r.store.rows.stats["adam"] = reputation.Stats{GoldRight: 10, GoldTotal: 10}
	require.True(t, kinds("adam")[voice])
	require.False(t, kinds("adam")[video])
	r.store.rows.stats["eva"] = reputation.Stats{GoldRight: 100, GoldTotal: 100}
	require.False(t, kinds("eva")[video], "no stake, no Expert")
	stake, err := market.ParsePRIV("100")
	require.NoError(t, err)
	var wallet market.Address
	copy(wallet[:], "eva")
	r.store.rows.stakes[wallet] = deal.Event{Kind: deal.Staked, Cumulative: stake}
	require.True(t, kinds("eva")[video])
	require.Len(t, kinds("eva"), 10)
}

// TestDaily gives answers until the day is over.
func TestDaily(t *testing.T) {
	t.Parallel()
	r, ctx := newRoom(nil), context.Background()
	daily := labeling.AccessOf(reputation.Novice).Daily
	id := r.hold(t, media.Photo)
	l := r.task(t, "anna", id)
	r.store.rows.stats["anna"] = reputation.Stats{User: "anna", Day: 20240, Today: daily}
	_, err := r.Answer(ctx, "anna", l.ID, labeling.Good, 500)
	require.Equal(t, market.Limited, market.CodeOf(err))
	require.Equal(t, labeling.Open, r.store.rows.tasks[l.ID].State)
	r.hold(t, media.Photo)
	require.Len(t, r.hand(t, "anna"), 1, "no more to look at either")
	r.now = r.now.Add(24 * time.Hour)
	r.say(t, "anna", id, labeling.Good, 500)
	require.Equal(t, uint64(1), r.store.rows.stats["anna"].Today)
}

// TestGold mixes in an item whose answer is known: its tasks look like all others and
// are judged by the answer alone.
func TestGold(t *testing.T) {
	t.Parallel()
	r, ctx := newRoom(func(rules *labeling.Rules) { rules.GoldShare, rules.GoldDelay = 500, time.Hour }), context.Background()
	known := r.hold(t, media.Photo)
	_, err := r.SetGold(ctx, known, labeling.Spam)
	require.Equal(t, market.Invalid, market.CodeOf(err), "not before it is reviewed")
	_, err = r.Rule(ctx, known, review.Reject, "")
	require.NoError(t, err)
	require.Equal(t, "The operator looked at it.", r.store.rows.contributions[known].Reason)
	for _, bad := range []labeling.Label{labeling.Unsure, "nice"} {
		_, err = r.SetGold(ctx, known, bad)
		require.Equal(t, market.Invalid, market.CodeOf(err))
	}
	_, err = r.SetGold(ctx, known, labeling.Spam)
	require.NoError(t, err)
	require.Empty(t, r.hand(t, "anna"), "alone it would be known for what it is")

	id := r.hold(t, media.Photo)
	require.Len(t, r.hand(t, "anna"), 2, "a share of one half: one with each")
	require.Len(t, r.hand(t, "olga"), 0, "its owner does not get it")
	l := r.say(t, "anna", known, labeling.Poor, 100)
	require.Equal(t, labeling.Answered, l.State)
	due, err := (&memoryTx{rows: r.store.rows}).Task(task.LabelAnswer, string(l.ID))
	require.NoError(t, err)
	require.False(t, due.Due.Before(l.AnsweredAt))
	require.True(t, due.Due.Before(l.AnsweredAt.Add(time.Hour)))
	require.Equal(t, earning.Pending, r.earning(l).Status, "the outcome is not told at once")
	for range 2 { // its action may happen twice
		next, err := r.Judge(ctx, l.ID)
		require.NoError(t, err)
		require.True(t, next.Done)
		require.Equal(t, earning.Confirmed, r.earning(l).Status, "poor or spam: rejected is right")
		require.Equal(t, reputation.Stats{User: "anna", GoldRight: 1, GoldTotal: 1, Day: 20240, Today: 1}, r.store.rows.stats["anna"])
	}
	require.Equal(t, contribution.Rejected, r.store.rows.contributions[known].Status, "it decides nothing")

	wrong := r.say(t, "ben", known, labeling.Good, 900)
	require.NoError(t, r.DropGold(ctx, known))
	_, err = r.Judge(ctx, wrong.ID)
	require.NoError(t, err)
	require.Equal(t, earning.Cancelled, r.earning(wrong).Status, "judged by the answer it was given out with")
	require.Equal(t, market.NotFound, market.CodeOf(r.DropGold(ctx, known)))
	require.Len(t, r.hand(t, "cora"), 1)
	r.say(t, "anna", id, labeling.Good, 500)
}

// TestOperator decides what people began to label; their labels are judged by it.
func TestOperator(t *testing.T) {
	t.Parallel()
	r, ctx := newRoom(nil), context.Background()
	id := r.hold(t, media.Photo)
	a := r.say(t, "anna", id, labeling.Poor, 300)
	open := r.task(t, "ben", id)
	held, total, err := r.Held(ctx, 10, 0)
	require.NoError(t, err)
	require.Equal(t, 1, total)
	require.Len(t, held[0].Ballots, 1)
	_, err = r.Rule(ctx, id, review.Hold, "")
	require.Equal(t, market.Invalid, market.CodeOf(err))
	it, err := r.Rule(ctx, id, review.Approve, "It is fine.")
	require.NoError(t, err)
	require.Equal(t, labeling.ByOperator, it.By)
	require.Equal(t, "It is fine.", r.store.rows.contributions[id].Reason)
	require.Equal(t, contribution.Approved, r.store.rows.contributions[id].Status)
	require.Equal(t, earning.Cancelled, r.earning(a).Status)
	require.Equal(t, labeling.Void, r.store.rows.tasks[open.ID].State)
	_, err = r.Rule(ctx, id, review.Approve, "")
	require.Equal(t, market.Conflict, market.CodeOf(err))
	_, err = r.Rule(ctx, "contrib_unknown", review.Approve, "")
	require.Equal(t, market.NotFound, market.CodeOf(err))
}

// TestErased ends what is erased while people look at it, with the erasure or, at the
// latest, when somebody looks.
func TestErased(t *testing.T) {
	t.Parallel()
	for _, told := range []bool{true, false} {
		r, ctx := newRoom(nil), context.Background()
		id := r.hold(t, media.Photo)
		a := r.say(t, "anna", id, labeling.Good, 300)
		b := r.task(t, "ben", id)
		require.NoError(t, r.store.Update(ctx, func(tx labeling.Tx) error {
			delete(tx.(*memoryTx).rows.contributions, id)
			if told {
				return r.Forget(tx, id)
			}
			return nil
		}))
		_, err := r.Look(ctx, "ben", b.ID)
		require.Equal(t, market.NotFound, market.CodeOf(err))
		_, err = r.Answer(ctx, "ben", b.ID, labeling.Good, 500)
		require.Equal(t, market.Conflict, market.CodeOf(err))
		require.Empty(t, r.hand(t, "ben"))
		require.Empty(t, r.hand(t, "cora"))
		require.Equal(t, labeling.Withdrawn, r.store.rows.items[id].State)
		require.Equal(t, earning.Cancelled, r.earning(a).Status)
		require.Equal(t, labeling.Void, r.store.rows.tasks[a.ID].State)
		require.Zero(t, r.store.rows.stats["anna"].Completed())
	}
}

// TestAnyOrder has many people label many items in any order, with known answers,
// decisions of the operator and repeated judgements in between. At the end the counts
// equal what a recount of the tasks gives, each task has paid at most once and only
// when it was right, and each contribution was decided by the rule or the operator.
func TestAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		r := newRoom(func(rules *labeling.Rules) {
			rules.Labels = rapid.IntRange(1, 4).Draw(t, "labels")
			rules.Most = rules.Labels + rapid.IntRange(0, 3).Draw(t, "more")
			rules.GoldShare = uint16(rapid.SampledFrom([]int{0, 100, 500}).Draw(t, "gold"))
		})
		users := []market.UserID{"anna", "ben", "cora", "dave", "eva", "finn"}
		var items []market.ContributionID
		for range rapid.IntRange(1, 5).Draw(t, "items") {
			items = append(items, r.hold(t, media.Photo))
		}
		known := r.hold(t, media.Photo)
		_, err := r.Rule(ctx, known, review.Approve, "")
		require.NoError(t, err)
		_, err = r.SetGold(ctx, known, labeling.Good)
		require.NoError(t, err)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			user := rapid.SampledFrom(users).Draw(t, "user")
			switch what := rapid.IntRange(0, 11).Draw(t, "what"); what {
			case 0:
				_, err := r.Rule(ctx, rapid.SampledFrom(items).Draw(t, "item"), review.Reject, "")
				require.Contains(t, []market.Code{0, market.Conflict}, market.CodeOf(err))
			case 1, 2:
				for id := range r.store.rows.tasks {
					_, err := r.Judge(ctx, id)
					require.NoError(t, err)
				}
			default:
				hand := r.hand(t, user)
				if len(hand) == 0 {
					continue
				}
				l := rapid.SampledFrom(hand).Draw(t, "task")
				label := rapid.SampledFrom(labeling.Labels()).Draw(t, "label")
				score := review.Permille(rapid.IntRange(0, 1000).Draw(t, "score"))
				for range rapid.IntRange(1, 2).Draw(t, "times") {
					_, err := r.Answer(ctx, user, l.ID, label, score)
					require.NoError(t, err)
				}
			}
		}
		recount(t, r)
	})
}

// recount checks everything that is kept against the tasks themselves.
func recount(t require.TestingT, r *room) {
	stats := map[market.UserID]reputation.Stats{}
	for id, l := range r.store.rows.tasks {
		s := stats[l.User]
		e, booked := r.store.rows.earnings[reference{earning.Labeling, string(id)}]
		right, counted := l.State == labeling.Right, l.State == labeling.Right || l.State == labeling.Wrong
		switch {
		case counted && l.Answer != "":
			s.GoldTotal++
			if right {
				s.GoldRight++
			}
		case counted:
			s.Decided++
			if right {
				s.Agreed++
			}
		}
		stats[l.User] = s
		want := earning.Status("")
		switch l.State {
		case labeling.Right:
			want = earning.Confirmed
		case labeling.Wrong:
			want = earning.Cancelled
		case labeling.Answered:
			want = earning.Pending
		}
		require.Equal(t, want != "", booked, "%+v", l)
		require.Equal(t, want, e.Status, "%+v", l)
	}
	for user, want := range stats {
		got := r.store.rows.stats[user]
		require.Equal(t, [4]uint64{want.GoldRight, want.GoldTotal, want.Agreed, want.Decided},
			[4]uint64{got.GoldRight, got.GoldTotal, got.Agreed, got.Decided}, user)
	}
	for id, it := range r.store.rows.items {
		good, votes := 0, 0
		for _, b := range it.Ballots {
			if b.Label != labeling.Unsure {
				votes++
			}
			if b.Label == labeling.Good {
				good++
			}
		}
		status := r.store.rows.contributions[id].Status
		if it.By == labeling.ByLabelers {
			require.GreaterOrEqual(t, votes, r.Rules.Labels)
			require.Equal(t, 2*good > votes, status == contribution.Approved)
			require.NotEqual(t, votes, 2*good)
		}
		require.Equal(t, it.State.Undecided(), status == contribution.Pending)
		_, rewarded := r.store.rows.earnings[reference{earning.DataSales, string(id)}]
		require.Equal(t, status == contribution.Approved, rewarded)
	}
}

func TestRulesValidate(t *testing.T) {
	t.Parallel()
	require.NoError(t, labeling.DefaultRules().Validate())
	for field, spoil := range map[string]func(*labeling.Rules){
		"labels":      func(r *labeling.Rules) { r.Labels = 0 },
		"most_labels": func(r *labeling.Rules) { r.Most = 2 },
		"gold_share":  func(r *labeling.Rules) { r.GoldShare = 501 },
		"gold_delay":  func(r *labeling.Rules) { r.GoldDelay = -1 },
		"tasks":       func(r *labeling.Rules) { r.Levels[0].Tasks = 1000 },
	} {
		rules := labeling.DefaultRules()
		spoil(&rules)
		var e *market.Error
		require.ErrorAs(t, rules.Validate(), &e)
		require.Equal(t, field, e.Field)
	}
}
