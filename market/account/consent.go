package account

import (
	"context"
	"errors"
	"time"
	"unicode"
	"unicode/utf8"

	"privd/market"
)

// maxAnonymousID bounds an anonymous id, in characters.
const maxAnonymousID = 128

// SaveConsent saves what a user agrees to, and associates an anonymous id with the
// user unless it is empty. It reports whether these are the user's first
// preferences. Conflict for an anonymous id that is somebody else's.
func (s *Service) SaveConsent(ctx context.Context, id market.UserID, p Preferences, anonymousID string) (user User, first bool, err error) {
	if err := checkAnonymousID(anonymousID); err != nil {
		return User{}, false, err
	}
	err = s.Store.Update(ctx, func(tx Tx) error {
		if user, err = tx.User(id); err != nil {
			return err
		}
		first = user.Consent == nil
		user.Consent = &Consent{Preferences: p, UpdatedAt: s.Clock().UTC().Truncate(time.Millisecond)}
		if anonymousID != "" {
			switch other, err := tx.UserByAnonymousID(anonymousID); {
			case err == nil && other.ID != id:
				return &market.Error{Code: market.Conflict, Field: "anonymous_id", Message: "anonymous_id belongs to another user"}
			case err != nil && !errors.Is(err, market.ErrNotFound):
				return err
			}
			user.AnonymousID = anonymousID
		}
		return tx.PutUser(user)
	})
	return user, first, err
}

func checkAnonymousID(id string) error {
	if !utf8.ValidString(id) || utf8.RuneCountInString(id) > maxAnonymousID {
		return market.BadField("anonymous_id", "anonymous_id must be at most 128 characters")
	}
	for _, c := range id {
		if unicode.IsControl(c) || unicode.IsSpace(c) {
			return market.BadField("anonymous_id", "anonymous_id must not hold spaces or control characters")
		}
	}
	return nil
}
