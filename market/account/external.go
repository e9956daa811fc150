package account

import (
	"context"
	"errors"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"privd/market"
)

// CreateExternal adds a local user with a name whose wallet is elsewhere: the node
// holds no key of it and asks it for each signature. Who signs in with that wallet is
// the same user. Conflict when the wallet is a user's already.
func (s *Service) CreateExternal(ctx context.Context, name, wallet string, referrer market.UserID) (User, error) {
	if !namePattern.MatchString(name) {
		return User{}, market.BadField("name", "name must be 1 to 32 letters, digits, dots, dashes or underscores")
	}
	address, err := parseWallet(wallet)
	if err != nil {
		return User{}, err
	}
	user := s.newUser(address)
	user.Name, user.Referrer = name, referrer
	return user, s.Store.Update(ctx, func(tx Tx) error {
		if err := nameFree(tx, name); err != nil {
			return err
		}
		_, err := tx.UserByWallet(address)
		switch {
		case err == nil:
			return &market.Error{Code: market.Conflict, Field: "wallet_address", Message: "the wallet is a user's of this node already"}
		case !errors.Is(err, market.ErrNotFound):
			return err
		}
		return putReferred(tx, user)
	})
}

// parseWallet reads an address. Money goes there, so a checksum (EIP-55), where the
// letters' case has one, must be right.
func parseWallet(text string) (market.Address, error) {
	address := common.HexToAddress(text)
	digits, found := strings.CutPrefix(text, "0x")
	mixed := digits != strings.ToLower(digits) && digits != strings.ToUpper(digits)
	if !found || !common.IsHexAddress(text) || address == (market.Address{}) || (mixed && address.Hex() != text) {
		return address, market.BadField("wallet_address", "wallet_address must be 0x and 40 hexadecimal digits, with a right checksum if it has one")
	}
	return address, nil
}
