package api

import (
	"context"

	"privd/api/oas"
	"privd/market"
	"privd/market/account"
)

// ListUsers implements oas.StrictServerInterface.
func (h *handlers) ListUsers(ctx context.Context, _ oas.ListUsersRequestObject) (oas.ListUsersResponseObject, error) {
	users, err := h.Accounts.Users(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]oas.User, len(users))
	for i, u := range users {
		list[i] = oas.User{
			UserID: string(u.ID), Name: u.Name, DisplayName: u.DisplayName, WalletAddress: u.Wallet.Hex(),
			Managed: u.Managed, Operator: u.Operator, CreatedAt: seconds(u.CreatedAt),
		}
	}
	return oas.ListUsers200JSONResponse{Success: true, Data: oas.UserList{Users: list}}, nil
}

// CreateUser implements oas.StrictServerInterface. It calls two use cases: a user
// without a key could not be used, and the key can be made again if the second
// call fails.
func (h *handlers) CreateUser(ctx context.Context, r oas.CreateUserRequestObject) (oas.CreateUserResponseObject, error) {
	var referrer market.UserID
	if r.Body.Referrer != nil {
		referrer = market.UserID(*r.Body.Referrer)
	}
	var u account.User
	var err error
	if r.Body.WalletAddress != nil {
		u, err = h.Accounts.CreateExternal(ctx, r.Body.Name, *r.Body.WalletAddress, referrer)
	} else {
		u, err = h.Accounts.CreateReferred(ctx, r.Body.Name, referrer)
	}
	if err != nil {
		return nil, err
	}
	_, secret, err := h.Accounts.IssueKey(ctx, u.ID, "first key", account.UserKey)
	if err != nil {
		return nil, err
	}
	return oas.CreateUser200JSONResponse{Success: true, Data: oas.CreatedUser{
		UserID: string(u.ID), Name: u.Name, WalletAddress: u.Wallet.Hex(), APIKey: secret,
	}}, nil
}

// IssueToken implements oas.StrictServerInterface.
func (h *handlers) IssueToken(ctx context.Context, r oas.IssueTokenRequestObject) (oas.IssueTokenResponseObject, error) {
	t, err := h.Accounts.IssueToken(ctx, market.UserID(r.ID))
	if err != nil {
		return nil, err
	}
	return oas.IssueToken200JSONResponse{Success: true, Data: tokenOf(t)}, nil
}
