package api

import (
	"context"

	"privd/api/oas"
)

// Fixtures names who owns what is seeded.
type Fixtures struct {
	Set           string // "docs", the only one
	Seller, Buyer string // names of local users; the defaults where empty
}

// Fixture is one thing with an id that is known beforehand.
type Fixture struct {
	ID   string
	What string // in words
	User string // name of the user whose credential its examples take
}

// SeedFixtures implements oas.StrictServerInterface.
func (h *handlers) SeedFixtures(ctx context.Context, r oas.SeedFixturesRequestObject) (oas.SeedFixturesResponseObject, error) {
	if h.Dev == nil {
		return nil, errNoEndpoint
	}
	f := Fixtures{Set: r.Body.Set}
	if r.Body.Seller != nil {
		f.Seller = *r.Body.Seller
	}
	if r.Body.Buyer != nil {
		f.Buyer = *r.Body.Buyer
	}
	seeded, err := h.Dev.Seed(ctx, f)
	if err != nil {
		return nil, err
	}
	list := make([]oas.Fixture, len(seeded))
	for i, s := range seeded {
		list[i] = oas.Fixture{ID: s.ID, What: s.What, User: s.User}
	}
	return oas.SeedFixtures200JSONResponse{Success: true, Data: oas.FixturesAnswer{Set: f.Set, Fixtures: list}}, nil
}
