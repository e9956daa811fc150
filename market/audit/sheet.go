// Package audit compares a node's books with the chain, to the last wei: the events
// it stored, what it says its users earned, claimed, bought, sold and staked, what
// its operator's fund holds, and what became of its transactions. It recomputes
// each figure from what it is shown and repairs nothing.
//
// The rules here are pure. Who calls them shows them the chain's events as read
// anew up to one block, then the rows of one snapshot of the records; so traffic
// that goes on makes no difference. What the node is about to do by itself, by a
// task that is stored, is counted as waiting and is no difference either.
//
// Memory holds figures of this node's users and one small row for each of their
// purchases and sales, whatever else happens on the chain.
package audit

import (
	"fmt"

	"privd/market"
)

// Check names one comparison.
type Check string

// The checks, in the order in which they are made.
const (
	Events       Check = "events"
	Market       Check = "market"
	Rewards      Check = "rewards"
	Staking      Check = "staking"
	Balances     Check = "balances"
	Fund         Check = "fund"
	Users        Check = "users"
	Claims       Check = "claims"
	Sales        Check = "sales"
	Purchases    Check = "purchases"
	Stakes       Check = "stakes"
	Payments     Check = "x402"
	Transactions Check = "transactions"
)

// whats says what each check compares, in words.
var whats = map[Check]string{
	Events:       "every stored event is a log of the chain, and none is missing",
	Market:       "the Market contract holds every open price and every income",
	Rewards:      "the Rewards contract holds every operator's fund",
	Staking:      "the Staking contract holds every stake",
	Balances:     "each wallet's PRIV is the sum of its transfers",
	Fund:         "the reward fund is what was added less what was paid",
	Users:        "pending, confirmed and claimed earnings add up, by user and source",
	Claims:       "what was claimed is what the chain paid",
	Sales:        "each sale earns its price less the fee, as the chain settled it",
	Purchases:    "each purchase cost what the chain holds, paid out or gave back",
	Stakes:       "what users staked is what the chain holds for them",
	Payments:     "each sale over x402 was paid in full to its owner",
	Transactions: "each transaction ended as its receipt says",
}

// Difference is something that should be equal and is not.
type Difference struct {
	Check   Check
	Subject string // an id: a purchase, a claim, a user, a wallet, a transaction
	Message string // what stands where, in words
}

// Result is how a check ended.
type Result struct {
	Check       Check
	What        string // is compared, in words
	Count       int64  // things compared
	Waiting     int64  // things that a stored task is about to finish
	Differences int64
	Notes       []string // figures worth knowing, which are no differences
}

// Sheet collects what checks find. Differences are told as they are found and only
// counted. One goroutine uses it.
type Sheet struct {
	tell    func(Difference) error
	results []*Result
	current *Result
}

// NewSheet returns an empty sheet. An error of tell is returned by whatever found
// the difference.
func NewSheet(tell func(Difference) error) *Sheet { return &Sheet{tell: tell} }

// Begin starts a check: what is counted and found from now on belongs to it.
func (s *Sheet) Begin(c Check) {
	for _, r := range s.results {
		if r.Check == c {
			s.current = r
			return
		}
	}
	s.current = &Result{Check: c, What: whats[c]}
	s.results = append(s.results, s.current)
}

// under does something as part of a check, and returns to the current one.
func (s *Sheet) under(c Check, do func() error) error {
	before := s.current
	s.Begin(c)
	err := do()
	s.current = before
	return err
}

// Results returns how the checks ended, in the order in which they were begun.
func (s *Sheet) Results() (all []Result) {
	for _, r := range s.results {
		all = append(all, *r)
	}
	return all
}

// Differences counts what was found by all checks.
func (s *Sheet) Differences() (n int64) {
	for _, r := range s.results {
		n += r.Differences
	}
	return n
}

// Checked counts what was compared by all checks.
func (s *Sheet) Checked() (n int64) {
	for _, r := range s.results {
		n += r.Count
	}
	return n
}

// Note adds a figure to the current check that is worth knowing.
func (s *Sheet) Note(format string, args ...any) {
	s.current.Notes = append(s.current.Notes, fmt.Sprintf(format, args...))
}

// counted counts one thing as compared.
func (s *Sheet) counted() { s.current.Count++ }

// waits counts a thing that a stored task is about to finish.
func (s *Sheet) waits() { s.current.Waiting++ }

// differ tells a difference of the current check.
func (s *Sheet) differ(subject, format string, args ...any) error {
	s.current.Differences++
	return s.tell(Difference{Check: s.current.Check, Subject: subject, Message: fmt.Sprintf(format, args...)})
}

// same compares two sums of PRIV; left and right say what they are.
func (s *Sheet) same(subject, left string, a market.Amount, right string, b market.Amount) error {
	if a == b {
		return nil
	}
	return s.differ(subject, "%s %s PRIV, %s %s PRIV: %s", left, a.PRIV(), right, b.PRIV(), apart(a, b))
}

// apart says by how much two sums differ.
func apart(a, b market.Amount) string {
	if more, err := a.Sub(b); err == nil {
		return more.PRIV() + " PRIV too much on the left"
	}
	more, _ := b.Sub(a) // one of them is larger
	return more.PRIV() + " PRIV too much on the right"
}
