package fund

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"privd/market"
	"privd/market/account"
	"privd/market/deal"
	"privd/market/outbox"
	"privd/market/seal"
	"privd/market/task"
)

// Chain is what the fund needs of the chain. Methods that take a key store a
// transaction under it and return; a known key changes nothing.
type Chain interface {
	// Head returns the newest block read; Unavailable when it is too old to act on.
	Head() (deal.Mark, error)
	// Outcome returns how a stored transaction stands; NotFound for an unknown key.
	Outcome(ctx context.Context, key string) (outbox.Transaction, error)
	// Balance returns the PRIV of an account.
	Balance(ctx context.Context, account market.Address) (market.Amount, error)
	// Collect moves PRIV from a wallet to the node's account by the wallet's signature.
	Collect(ctx context.Context, key string, a Authorization) error
	// Approve lets the Rewards contract take PRIV of the node's account.
	Approve(ctx context.Context, key string, amount market.Amount) error
	// Add moves PRIV of the node's account into its fund.
	Add(ctx context.Context, key string, amount market.Amount) error
	// Announce gives notice of a withdrawal; an amount of 0 takes it back.
	Announce(ctx context.Context, key string, amount market.Amount) error
	// Withdrawal returns what is announced, and from when on, unix seconds, it can be
	// taken out; 0 when nothing is announced.
	Withdrawal(ctx context.Context) (amount market.Amount, readyAt uint64, err error)
	// TakeOut moves what was announced from the fund to the node's account.
	TakeOut(ctx context.Context, key string) error
	// Return sends PRIV of the node's account to a wallet.
	Return(ctx context.Context, key string, to market.Address, amount market.Amount) error
}

// Authorization is a wallet's signed transfer to the node's account.
type Authorization struct {
	From, To    market.Address
	Amount      market.Amount
	ValidBefore uint64 // unix seconds
	Nonce       market.Hash
	Signature   seal.Sig
}

// Debts is what the operator owes, against its fund.
type Debts struct {
	Fund    market.Amount
	Owed    market.Amount // claimed and not paid
	Waiting int           // claims that wait for a deposit
}

// Rules are the times a node looks after its fund by.
type Rules struct {
	PayWithin time.Duration // how long a signed transfer stays good
	Wait      time.Duration // how long a call waits for the chain
	Poll      time.Duration // how often what is under way is looked at
	RetryMost time.Duration // the longest pause between tries
}

// maxAttempts is how often a transaction of one state may fail before the move does.
const maxAttempts = 5

// Service fills and empties the fund. Its fields are required, except those that
// say so.
type Service struct {
	Store   market.Store[Tx]
	Wallets seal.Signer // holds the operator's wallet
	Chain   Chain
	// Node is the account whose fund it is; Contract is the Rewards contract.
	Node     market.Address
	Contract market.Address
	Token    seal.TokenDomain // PRIV
	Debts    func(context.Context) (Debts, error)
	Clock    market.Clock
	Rules    Rules
	// Held returns what else of a user's wallet is spoken for; nil is nothing.
	Held func(tx Tx, user market.UserID) (market.Amount, error)

	mu      sync.Mutex
	changed chan struct{} // closed when a move moves; nil when nobody waits
}

// Status is how the fund stands.
type Status struct {
	Operator market.Address // the node's account
	Contract market.Address
	Balance  market.Amount // of the fund
	Owed     market.Amount
	Waiting  int            // claims that wait for a deposit
	Account  market.Amount  // PRIV of the node's account
	Wallet   market.Address // the operator's
	InWallet market.Amount  // PRIV of that wallet

	Deposit    *Move // the newest; nil when there was none
	Withdrawal *Move
}

// Short returns what is missing to pay all that is owed.
func (s Status) Short() market.Amount {
	short, err := s.Owed.Sub(s.Balance)
	if err != nil {
		return market.Amount{}
	}
	return short
}

// Status tells how the fund stands; Unavailable when the chain cannot be asked.
func (s *Service) Status(ctx context.Context) (Status, error) {
	out := Status{Operator: s.Node, Contract: s.Contract}
	debts, err := s.Debts(ctx)
	if err != nil {
		return out, err
	}
	out.Balance, out.Owed, out.Waiting = debts.Fund, debts.Owed, debts.Waiting
	err = s.Store.View(ctx, func(tx Tx) error {
		u, err := operator(tx)
		if err != nil {
			return err
		}
		out.Wallet = u.Wallet
		if out.Deposit, err = newest(tx, Deposit); err != nil {
			return err
		}
		out.Withdrawal, err = newest(tx, Withdrawal)
		return err
	})
	if err != nil {
		return out, err
	}
	if out.Account, err = s.Chain.Balance(ctx, s.Node); err != nil {
		return out, err
	}
	out.InWallet, err = s.Chain.Balance(ctx, out.Wallet)
	return out, err
}

// Deposit adds to the fund and waits a while for the chain. What the node's account
// holds is taken first, the rest comes from the operator's wallet. A deposit that
// fails meanwhile is an error.
func (s *Service) Deposit(ctx context.Context, amount market.Amount) (Status, error) {
	if amount.IsZero() {
		return Status{}, market.BadField("amount", "amount must be more than 0")
	}
	head, err := s.Chain.Head()
	if err != nil {
		return Status{}, err
	}
	held, err := s.Chain.Balance(ctx, s.Node)
	if err != nil {
		return Status{}, err
	}
	var u account.User
	if err := s.Store.View(ctx, func(tx Tx) (err error) { u, err = operator(tx); return err }); err != nil {
		return Status{}, err
	}
	inWallet, err := s.Chain.Balance(ctx, u.Wallet)
	if err != nil {
		return Status{}, err
	}
	now := s.now()
	m := Move{ID: market.NewID[MoveID]("fund_"), Kind: Deposit, State: Collecting, Amount: amount, Wallet: u.Wallet, CreatedAt: now, UpdatedAt: now}
	m.Missing = less(amount, held)
	if m.Missing.IsZero() {
		m.State = Approving
	} else if err := s.sign(ctx, &m, u, head); err != nil {
		return Status{}, err
	}
	err = s.Store.Update(ctx, func(tx Tx) error {
		if err := s.admit(tx, m, u, inWallet); err != nil {
			return err
		}
		return s.create(tx, m)
	})
	if err != nil {
		return Status{}, err
	}
	return s.wait(ctx, m.ID, func(m Move) bool { return !m.State.Open() })
}

// sign has the wallet hand the missing part over. The signature is stored with the
// move, before anything leaves the node.
func (s *Service) sign(ctx context.Context, m *Move, u account.User, head deal.Mark) error {
	if !u.Managed {
		return &market.Error{Code: market.Invalid, Reason: "EXTERNAL_WALLET", Field: "amount",
			Message: fmt.Sprintf("the node does not hold the key of the operator's wallet: send PRIV to the node's account %s first", s.Node.Hex())}
	}
	if _, err := rand.Read(m.Nonce[:]); err != nil {
		return fmt.Errorf("draw nonce: %w", err)
	}
	m.ValidBefore = head.Time + uint64(s.Rules.PayWithin/time.Second)
	var err error
	m.Signature, err = s.Wallets.SignDigest(ctx, m.Wallet, s.Token.Receive(m.Wallet, s.Node, m.Missing, m.ValidBefore, m.Nonce))
	if err != nil {
		return fmt.Errorf("sign transfer: %w", err)
	}
	return nil
}

// admit checks that a deposit may be made and that its amount is there.
func (s *Service) admit(tx Tx, m Move, u account.User, inWallet market.Amount) error {
	if last, err := newest(tx, Deposit); err != nil {
		return err
	} else if last != nil && last.State.Open() {
		return &market.Error{Code: market.Conflict, Reason: "DEPOSIT_UNDER_WAY", Message: "another deposit is under way; wait until it is completed"}
	}
	if last, err := newest(tx, Withdrawal); err != nil {
		return err
	} else if last != nil && (last.State == TakingOut || last.State == Returning) {
		// What the node's account holds then belongs to the withdrawal.
		return &market.Error{Code: market.Conflict, Reason: "WITHDRAWAL_UNDER_WAY", Message: "a withdrawal is on its way to the wallet; wait until it is there"}
	}
	var held market.Amount
	if s.Held != nil {
		var err error
		if held, err = s.Held(tx, u.ID); err != nil {
			return err
		}
	}
	if need, err := held.Add(m.Missing); err != nil || inWallet.Cmp(need) < 0 {
		if m.Missing.IsZero() {
			return nil
		}
		return &market.Error{Code: market.Invalid, Reason: "INSUFFICIENT_BALANCE", Field: "amount", Message: fmt.Sprintf(
			"Insufficient PRIV balance: the operator's wallet %s can spare %s PRIV, %s PRIV are needed of it", u.Wallet.Hex(), less(inWallet, held).PRIV(), m.Missing.PRIV())}
	}
	return nil
}

// Withdraw announces that part of the fund is taken back, and waits a while until
// the chain has it. After the notice it comes to the operator's wallet by itself.
func (s *Service) Withdraw(ctx context.Context, amount market.Amount) (Status, error) {
	if amount.IsZero() {
		return Status{}, market.BadField("amount", "amount must be more than 0")
	}
	debts, err := s.Debts(ctx)
	if err != nil {
		return Status{}, err
	}
	if amount.Cmp(debts.Fund) > 0 {
		return Status{}, &market.Error{Code: market.Invalid, Reason: "INSUFFICIENT_FUND", Field: "amount", Message: "the reward fund holds " + debts.Fund.PRIV() + " PRIV"}
	}
	now := s.now()
	m := Move{ID: market.NewID[MoveID]("fund_"), Kind: Withdrawal, State: Announcing, Amount: amount, CreatedAt: now, UpdatedAt: now}
	err = s.Store.Update(ctx, func(tx Tx) error {
		u, err := operator(tx)
		if err != nil {
			return err
		}
		m.Wallet = u.Wallet
		if last, err := newest(tx, Withdrawal); err != nil {
			return err
		} else if last != nil && last.State.Open() {
			return &market.Error{Code: market.Conflict, Reason: "WITHDRAWAL_UNDER_WAY", Message: "another withdrawal is under way; cancel it first, or wait until it is completed"}
		}
		return s.create(tx, m)
	})
	if err != nil {
		return Status{}, err
	}
	return s.wait(ctx, m.ID, func(m Move) bool { return m.State != Announcing && (m.State != Announced || m.ReadyAt != 0) })
}

// Cancel takes back an announced withdrawal and waits a while until the chain has
// that.
func (s *Service) Cancel(ctx context.Context) (Status, error) {
	var id MoveID
	err := s.Store.Update(ctx, func(tx Tx) error {
		m, err := newest(tx, Withdrawal)
		switch {
		case err != nil:
			return err
		case m == nil || !m.State.Open():
			return market.Fail(market.NotFound, "no withdrawal is announced")
		case m.State == Cancelling:
			id = m.ID
			return nil
		case m.State != Announced:
			return &market.Error{Code: market.Conflict, Reason: "TOO_LATE", Message: "the withdrawal is " + string(m.State) + "; it can be cancelled while its notice runs"}
		}
		id = m.ID
		m.to(Cancelling, "", s.now())
		return s.begin(tx, *m)
	})
	if err != nil {
		return Status{}, err
	}
	s.moved()
	return s.wait(ctx, id, func(m Move) bool { return m.State != Cancelling })
}

// create stores a new move. It is later than every other, whatever the clock says:
// the newest of its kind is the one that may be open.
func (s *Service) create(tx Tx, m Move) error {
	err := tx.FundMoves(func(last Move) bool {
		if !m.CreatedAt.After(last.CreatedAt) {
			m.CreatedAt = last.CreatedAt.Add(time.Millisecond)
		}
		return false
	})
	if err != nil {
		return err
	}
	return s.begin(tx, m)
}

// begin stores a move with the task that takes it on.
func (s *Service) begin(tx Tx, m Move) error {
	if err := tx.PutFundMove(m); err != nil {
		return err
	}
	return tx.PutTask(task.Task{Kind: task.Fund, Key: string(m.ID), Due: s.now()})
}

// wait returns how the fund stands once a move is where it should be, or patience
// or ctx is over. A move that failed meanwhile is an error.
func (s *Service) wait(ctx context.Context, id MoveID, there func(Move) bool) (Status, error) {
	patience := time.NewTimer(s.Rules.Wait)
	defer patience.Stop()
	for waiting := true; waiting; {
		changed := s.watch()
		var m Move
		err := s.Store.View(ctx, func(tx Tx) (err error) { m, err = tx.FundMove(id); return err })
		switch {
		case err != nil:
			return Status{}, err
		case m.State == Failed:
			return Status{}, &market.Error{Code: market.Invalid, Reason: "FUND_MOVE_FAILED", Message: m.Reason}
		case there(m):
			return s.Status(ctx)
		}
		select {
		case <-changed:
		case <-patience.C:
			waiting = false
		case <-ctx.Done():
			waiting = false
		}
	}
	return s.Status(context.WithoutCancel(ctx))
}

// watch returns a channel that is closed when a move moves next.
func (s *Service) watch() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	return s.changed
}

func (s *Service) moved() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

// now is the time as it is stored.
func (s *Service) now() time.Time { return s.Clock().UTC().Truncate(time.Millisecond) }

// less returns a-b, and nothing when b is more.
func less(a, b market.Amount) market.Amount {
	rest, err := a.Sub(b)
	if errors.Is(err, market.ErrAmount) {
		return market.Amount{}
	}
	return rest
}
