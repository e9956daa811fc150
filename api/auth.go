package api

import (
	"context"

	"privd/api/oas"
	"privd/market"
	"privd/market/account"
)

// CreateNonce implements oas.StrictServerInterface.
func (h *handlers) CreateNonce(ctx context.Context, r oas.CreateNonceRequestObject) (oas.CreateNonceResponseObject, error) {
	c, err := h.Accounts.Nonce(ctx, r.Body.WalletAddress)
	if err != nil {
		return nil, err
	}
	return oas.CreateNonce200JSONResponse{Success: true, Data: oas.Challenge{
		Nonce: c.Nonce, Message: c.Message, ExpiresAt: seconds(c.ExpiresAt),
	}}, nil
}

// Login implements oas.StrictServerInterface.
func (h *handlers) Login(ctx context.Context, r oas.LoginRequestObject) (oas.LoginResponseObject, error) {
	var referrer market.UserID
	if r.Body.Referrer != nil {
		referrer = market.UserID(*r.Body.Referrer)
	}
	t, err := h.Accounts.LoginReferred(ctx, r.Body.Message, r.Body.Signature, referrer)
	if err != nil {
		return nil, err
	}
	return oas.Login200JSONResponse{Success: true, Data: tokenOf(t)}, nil
}

func tokenOf(t account.Token) oas.Token {
	return oas.Token{Token: t.Value, UserID: string(t.User), ExpiresAt: seconds(t.ExpiresAt)}
}

// ListKeys implements oas.StrictServerInterface.
func (h *handlers) ListKeys(ctx context.Context, _ oas.ListKeysRequestObject) (oas.ListKeysResponseObject, error) {
	keys, err := h.Accounts.Keys(ctx, user(ctx))
	if err != nil {
		return nil, err
	}
	list := make([]oas.Key, len(keys))
	for i, k := range keys {
		list[i] = oas.Key{
			ID: k.ID, Name: k.Name, Kind: oas.KeyKind(k.Kind), Hint: k.Hint,
			CreatedAt: seconds(k.CreatedAt), LastUsedAt: optional(k.LastUsedAt),
		}
	}
	return oas.ListKeys200JSONResponse{Success: true, Data: oas.KeyList{Keys: list}}, nil
}

// CreateKey implements oas.StrictServerInterface.
func (h *handlers) CreateKey(ctx context.Context, r oas.CreateKeyRequestObject) (oas.CreateKeyResponseObject, error) {
	kind := account.UserKey
	if r.Body.Kind != nil {
		kind = account.KeyKind(*r.Body.Kind)
	}
	if kind == account.ServiceKey && !callOf(ctx).caller.Operator {
		return nil, market.Fail(market.Denied, "only the operator of the node makes service keys")
	}
	k, secret, err := h.Accounts.IssueKey(ctx, user(ctx), r.Body.Name, kind)
	if err != nil {
		return nil, err
	}
	return oas.CreateKey200JSONResponse{Success: true, Data: oas.NewKey{
		ID: k.ID, Name: k.Name, Kind: oas.KeyKind(k.Kind), APIKey: secret, CreatedAt: seconds(k.CreatedAt),
	}}, nil
}

// RevokeKey implements oas.StrictServerInterface.
func (h *handlers) RevokeKey(ctx context.Context, r oas.RevokeKeyRequestObject) (oas.RevokeKeyResponseObject, error) {
	if err := h.Accounts.RevokeKey(ctx, user(ctx), r.ID); err != nil {
		return nil, err
	}
	return oas.RevokeKey200JSONResponse{Success: true, Data: oas.RevokedKey{ID: r.ID, Revoked: true}}, nil
}
