package api

import (
	"context"

	"privd/api/oas"
	"privd/market"
	"privd/market/account"
)

// UserPreferences is what users agreed to.
type UserPreferences interface {
	// Selected returns the user a selector names, as Balances does.
	Selected(ctx context.Context, caller account.Caller, who Selector) (account.User, error)
	// SaveConsent reports whether these are the user's first preferences.
	SaveConsent(ctx context.Context, user market.UserID, p account.Preferences, anonymousID string) (account.User, bool, error)
}

// GetUserConsent implements oas.StrictServerInterface.
func (h *handlers) GetUserConsent(ctx context.Context, r oas.GetUserConsentRequestObject) (oas.GetUserConsentResponseObject, error) {
	who, err := selectorOf(r.Params.UserID, nil, r.Params.AnonymousID)
	if err != nil {
		return nil, err
	}
	u, err := h.Preferences.Selected(ctx, callOf(ctx).caller, who)
	if err != nil {
		return nil, err
	}
	out := oas.UserConsent{UserID: string(u.ID), AnonymousID: u.AnonymousID}
	if u.Consent != nil {
		out.Preferences, out.LastUpdated = preferencesOf(u.Consent.Preferences), optional(u.Consent.UpdatedAt)
	}
	return oas.GetUserConsent200JSONResponse{Success: true, Data: out}, nil
}

// SaveUserConsent implements oas.StrictServerInterface.
func (h *handlers) SaveUserConsent(ctx context.Context, r oas.SaveUserConsentRequestObject) (oas.SaveUserConsentResponseObject, error) {
	asked := r.Body.Preferences
	var anonymousID string
	if r.Body.AnonymousID != nil {
		anonymousID = *r.Body.AnonymousID
	}
	u, first, err := h.Preferences.SaveConsent(ctx, user(ctx), account.Preferences{
		Analytics: asked.Analytics, Marketing: asked.Marketing, DataSharing: asked.DataSharing, Personalization: asked.Personalization,
	}, anonymousID)
	if err != nil {
		return nil, err
	}
	action := "updated"
	if first {
		action = "created"
	}
	return oas.SaveUserConsent200JSONResponse{Success: true, Data: oas.SavedConsent{
		UserID: string(u.ID), AnonymousID: u.AnonymousID, Preferences: preferencesOf(u.Consent.Preferences),
		LastUpdated: seconds(u.Consent.UpdatedAt), Action: action,
	}}, nil
}

func preferencesOf(p account.Preferences) oas.Preferences {
	return oas.Preferences{Analytics: p.Analytics, Marketing: p.Marketing, DataSharing: p.DataSharing, Personalization: p.Personalization}
}

// selectorOf reads the parameters that name a user. A name that is there names
// somebody: an empty one is nobody's, and not the caller's.
func selectorOf(user, wallet, anonymousID *string) (who Selector, err error) {
	for _, p := range []struct {
		field string
		value *string
		take  func(string)
	}{
		{"user_id", user, func(v string) { who.User = market.UserID(v) }},
		{"wallet_address", wallet, func(v string) { who.Wallet = v }},
		{"anonymous_id", anonymousID, func(v string) { who.AnonymousID = v }},
	} {
		if p.value == nil {
			continue
		}
		if *p.value == "" {
			return who, market.BadField(p.field, p.field+" must not be empty")
		}
		p.take(*p.value)
	}
	return who, nil
}
