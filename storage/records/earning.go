package records

import (
	"errors"

	"privd/market"
	"privd/market/earning"
)

var (
	_ earning.Tx        = (*Tx)(nil)
	_ earning.Reader    = (*Tx)(nil)
	_ earning.ServiceTx = (*Tx)(nil)
)

// Earning implements earning.ServiceTx.
func (tx *Tx) Earning(id market.EarningID) (earning.Earning, error) {
	return earnings.get(tx, textKey(id))
}

// EarningByReference implements earning.Tx.
func (tx *Tx) EarningByReference(source earning.Source, reference string) (earning.Earning, error) {
	return earnings.find(tx, "reference", referenceKey(false, source, reference))
}

// ServiceEarning implements earning.ServiceTx.
func (tx *Tx) ServiceEarning(source earning.Source, reference string) (earning.Earning, error) {
	return earnings.find(tx, "reference", referenceKey(true, source, reference))
}

// PutEarning implements earning.Tx.
func (tx *Tx) PutEarning(e earning.Earning) error {
	sums, err := tx.EarningSummary(e.User)
	if err != nil {
		return err
	}
	switch old, err := tx.Earning(e.ID); {
	case err == nil && old.User != e.User:
		return market.Fail(market.Conflict, "an earning does not change hands")
	case err == nil:
		err = sums.Take(old)
		if err != nil {
			return err
		}
	case !errors.Is(err, market.ErrNotFound):
		return err
	}
	if err := sums.Add(e); err != nil {
		return err
	}
	if err := summaries.putAt(tx, textKey(e.User), sums); err != nil {
		return err
	}
	return earnings.put(tx, e)
}

// EarningSummary implements earning.Reader.
func (tx *Tx) EarningSummary(user market.UserID) (earning.Summary, error) {
	sums, err := summaries.get(tx, textKey(user))
	if errors.Is(err, market.ErrNotFound) {
		return earning.Summary{}, nil
	}
	return sums, err
}

// EarningPage implements earning.Reader. Only the page itself is decoded: what the
// filter asks for stands in the index.
func (tx *Tx) EarningPage(user market.UserID, f earning.Filter, limit, offset int) ([]earning.Earning, error) {
	class := classFilter{}
	if f.Source != "" {
		class = class.only(sourceBits, sourceClass(f.Source))
	}
	if f.Status != "" {
		class = class.only(statusBits, statusClass(f.Status))
	}
	return tx.earningsWhere(historyKey(user), class, limit, offset)
}

// OldestConfirmed implements claim.Tx.
func (tx *Tx) OldestConfirmed(user market.UserID, limit int) ([]earning.Earning, error) {
	return tx.earningsWhere(confirmedKey(user), classFilter{}, limit, 0)
}

// OldestConfirmedIn implements claim.Tx.
func (tx *Tx) OldestConfirmedIn(user market.UserID, fromSale bool, limit int) ([]earning.Earning, error) {
	return tx.earningsWhere(confirmedKey(user), classFilter{}.only(saleBit, saleClass(fromSale)), limit, 0)
}

// EarningsOf lists all of a user's earnings that are not cancelled, newest first.
func (tx *Tx) EarningsOf(user market.UserID) ([]earning.Earning, error) {
	return collect(earnings.by, tx, "user", historyKey(user))
}

func (tx *Tx) earningsWhere(which key, class classFilter, limit, offset int) (page []earning.Earning, err error) {
	prefix := append(key{earnings.index("user").prefix}, which...)
	err = tx.scan(prefix, nil, false, func(entry, k []byte) (bool, error) {
		if len(page) >= limit {
			return false, nil
		}
		if !class.passes(entry[len(entry)-1]) {
			return true, nil
		}
		if offset > 0 {
			offset--
			return true, nil
		}
		e, err := earnings.get(tx, k)
		page = append(page, e)
		return err == nil, err
	})
	return page, err
}

// The last byte of an entry of a user's earnings tells what filters ask for: the
// source, whether it is from a sale, and the status.
const (
	sourceBits = 0b111 << 3
	saleBit    = 1 << 2
	statusBits = 0b11
)

func sourceClass(s earning.Source) byte {
	for i, known := range earning.Sources() {
		if s == known {
			return byte(i+1) << 3
		}
	}
	return 0
}

func statusClass(s earning.Status) byte {
	switch s {
	case earning.Pending:
		return 1
	case earning.Confirmed:
		return 2
	case earning.Claimed:
		return 3
	}
	return 0
}

func saleClass(fromSale bool) byte {
	if fromSale {
		return saleBit
	}
	return 0
}

func earningClass(e earning.Earning) byte {
	return sourceClass(e.Source) | saleClass(e.FromSale()) | statusClass(e.Status)
}

// historyKey begins the entries of all of a user's earnings, newest first.
func historyKey(user market.UserID) key { return textKey(user).bytes([]byte{0}) }

// confirmedKey begins the entries of those that can be claimed, oldest first: they
// are found without a walk over everything that was claimed before.
func confirmedKey(user market.UserID) key { return textKey(user).bytes([]byte{1}) }

// earningKeys are a user's history and what can be claimed of it; the id breaks
// ties. Cancelled earnings are not to be found.
func earningKeys(e earning.Earning) (keys []key) {
	class := []byte{earningClass(e)}
	if e.Status != earning.Cancelled {
		keys = append(keys, historyKey(e.User).newest(e.CreatedAt).text(string(e.ID)).bytes(class))
	}
	if e.Status == earning.Confirmed {
		keys = append(keys, confirmedKey(e.User).time(e.CreatedAt).text(string(e.ID)).bytes(class))
	}
	return keys
}

// referenceKey keeps apart what the node books and what services book.
func referenceKey(service bool, source earning.Source, reference string) key {
	by := byte(0)
	if service {
		by = 1
	}
	return key(nil).bytes([]byte{by}).text(string(source)).text(reference)
}

// classFilter passes classes whose bits under mask are those of want.
type classFilter struct{ mask, want byte }

func (f classFilter) only(bits, want byte) classFilter {
	return classFilter{f.mask | bits, f.want&^bits | want}
}

func (f classFilter) passes(class byte) bool { return class&f.mask == f.want }
