package listing

import (
	"slices"
	"time"

	"privd/market"
)

// actor is who may move a listing.
type actor uint8

const (
	owner  actor = 1
	system actor = 2
)

// transitions is the documented status flow, with who may take each step. All
// else is refused.
var transitions = map[Status]map[Status]actor{
	Draft:         {PendingReview: owner},
	PendingReview: {Active: system, Rejected: system},
	Active:        {Paused: owner | system, Delisted: owner},
	Paused:        {Active: owner, Delisted: owner},
}

// move changes the status if the flow allows it. Orders that wait for a signature,
// and what the operator decided, belong to the status they were made in.
func (l *Listing) move(to Status, by actor) error {
	if transitions[l.Status][to]&by == 0 {
		return &market.Error{Code: market.Invalid, Field: "status", Reason: "INVALID_STATUS_TRANSITION",
			Message: "cannot change status from " + string(l.Status) + " to " + string(to)}
	}
	l.Status, l.Waiting, l.Renewal, l.HeldAt, l.Cleared = to, nil, nil, time.Time{}, false
	return nil
}

// field names one field an owner may update.
type field string

const (
	fieldTitle       field = "title"
	fieldDescription field = "description"
	fieldPrice       field = "price_priv"
	fieldTags        field = "tags"
	fieldStatus      field = "status"
)

// updatable is the documented table of which field may change in which status.
var updatable = map[field][]Status{
	fieldTitle:       {Draft, Paused},
	fieldDescription: {Draft, Paused},
	fieldPrice:       {Draft, Paused, Active},
	fieldTags:        {Draft, Paused},
}

func (l *Listing) mayUpdate(f field) error {
	if slices.Contains(updatable[f], l.Status) {
		return nil
	}
	return &market.Error{Code: market.Invalid, Field: string(f), Reason: "FIELD_NOT_UPDATABLE",
		Message: string(f) + " cannot be updated while the listing is " + string(l.Status)}
}
