package node

import (
	"context"
	"errors"

	"github.com/ethereum/go-ethereum/common"

	"privd/api"
	"privd/market"
	"privd/market/account"
	"privd/market/earning"
	"privd/storage/records"
)

// balances tells what users own and are owed.
type balances struct{ n *Node }

var errOtherUser = market.Fail(market.Denied, "You can only read your own data")

// Balance implements api.Balances.
func (b balances) Balance(ctx context.Context, caller account.Caller, who api.Selector) (api.Balance, error) {
	var out api.Balance
	var earned earning.Summary
	err := b.n.records.View(ctx, func(tx *records.Tx) (err error) {
		if out.User, err = selected(tx, caller, who); err != nil {
			return err
		}
		earned, err = tx.EarningSummary(out.User.ID)
		return err
	})
	if err != nil {
		return out, err
	}
	if out.Earned, err = earned.Total(); err != nil {
		return out, err
	}
	if out.Pending, err = earned.Unclaimed(); err != nil {
		return out, err
	}
	out.DataSharing = out.User.Sharing()
	if out.PRIV, err = b.n.face.Balance(ctx, out.User.Wallet); err != nil {
		return out, err
	}
	if dollars, err := b.n.client.USDC().Balance(ctx, out.User.Wallet); err == nil {
		out.USDC = &dollars
	}
	return out, nil
}

// Selected implements api.UserPreferences.
func (b balances) Selected(ctx context.Context, caller account.Caller, who api.Selector) (u account.User, err error) {
	err = b.n.records.View(ctx, func(tx *records.Tx) error { u, err = selected(tx, caller, who); return err })
	return u, err
}

// selected finds the user a caller asks about. Selectors that name different
// users are Invalid; another user is Denied, without saying whether it exists,
// unless the caller may read any.
func selected(tx *records.Tx, caller account.Caller, who api.Selector) (account.User, error) {
	var found []account.User
	unknown := false
	look := func(u account.User, err error) error {
		if errors.Is(err, market.ErrNotFound) {
			unknown = true
			return nil
		}
		found = append(found, u)
		return err
	}
	var errs []error
	if who.User != "" {
		errs = append(errs, look(tx.User(who.User)))
	}
	if who.Wallet != "" {
		if !common.IsHexAddress(who.Wallet) {
			return account.User{}, market.BadField("wallet_address", "wallet_address must be 0x and 40 hexadecimal digits")
		}
		errs = append(errs, look(tx.UserByWallet(common.HexToAddress(who.Wallet))))
	}
	if who.AnonymousID != "" {
		errs = append(errs, look(tx.UserByAnonymousID(who.AnonymousID)))
	}
	if err := errors.Join(errs...); err != nil {
		return account.User{}, err
	}
	return pick(tx, caller, found, unknown, who == (api.Selector{}))
}

func pick(tx *records.Tx, caller account.Caller, found []account.User, unknown, own bool) (account.User, error) {
	if own {
		if caller.User == "" {
			return account.User{}, market.BadField("user_id", "user_id, wallet_address or anonymous_id is required with a service key")
		}
		return tx.User(caller.User)
	}
	mine, others, differ := false, unknown, false
	for _, u := range found {
		mine = mine || u.ID == caller.User
		others = others || u.ID != caller.User
		differ = differ || u.ID != found[0].ID
	}
	switch {
	case differ && caller.Service, mine && others && !caller.Service:
		// Whether the other one exists is not said.
		return account.User{}, market.Fail(market.Invalid, "user_id, wallet_address and anonymous_id name different users")
	case others && !caller.Service:
		return account.User{}, errOtherUser
	case unknown:
		return account.User{}, market.Fail(market.NotFound, "User not found")
	}
	return found[0], nil
}
