package earning

import "privd/market"

// Tally counts and adds up earnings of one kind.
type Tally struct {
	Count  uint64
	Amount market.Amount
}

// Sums are the earnings of one source, by status.
type Sums struct{ Pending, Confirmed, Claimed Tally }

// Summary adds up all earnings of a user, by source and status. Cancelled ones are
// in none of the sums.
type Summary struct{ Browsing, Labeling, DataSales, Staking, Referral Sums }

// Of returns the sums of a source; zero for an unknown one.
func (s Summary) Of(source Source) Sums {
	if sums := s.of(source); sums != nil {
		return *sums
	}
	return Sums{}
}

func (s *Summary) of(source Source) *Sums {
	switch source {
	case Browsing:
		return &s.Browsing
	case Labeling:
		return &s.Labeling
	case DataSales:
		return &s.DataSales
	case Staking:
		return &s.Staking
	case Referral:
		return &s.Referral
	}
	return nil
}

func (s *Sums) of(status Status) *Tally {
	switch status {
	case Pending:
		return &s.Pending
	case Confirmed:
		return &s.Confirmed
	case Claimed:
		return &s.Claimed
	}
	return nil
}

// cell returns where an earning is counted; nil when it is not.
func (s *Summary) cell(e Earning) *Tally {
	if sums := s.of(e.Source); sums != nil {
		return sums.of(e.Status)
	}
	return nil
}

// Add counts an earning in. ErrAmount when the sums leave 256 bits.
func (s *Summary) Add(e Earning) error {
	cell := s.cell(e)
	if cell == nil {
		return nil
	}
	amount, err := cell.Amount.Add(e.Amount)
	if err != nil {
		return err
	}
	cell.Count, cell.Amount = cell.Count+1, amount
	return nil
}

// Take counts an earning out again.
func (s *Summary) Take(e Earning) error {
	cell := s.cell(e)
	if cell == nil {
		return nil
	}
	amount, err := cell.Amount.Sub(e.Amount)
	if err != nil || cell.Count == 0 {
		return market.ErrAmount
	}
	cell.Count, cell.Amount = cell.Count-1, amount
	return nil
}

// Sum adds up what a filter lets through.
func (s Summary) Sum(f Filter) (total Tally, err error) {
	for _, source := range Sources() {
		sums := s.Of(source)
		for _, status := range []Status{Pending, Confirmed, Claimed} {
			if !f.matches(source, status) {
				continue
			}
			cell := sums.of(status)
			total.Count += cell.Count
			if total.Amount, err = total.Amount.Add(cell.Amount); err != nil {
				return Tally{}, err
			}
		}
	}
	return total, nil
}

// Total returns everything ever earned.
func (s Summary) Total() (market.Amount, error) {
	all, err := s.Sum(Filter{})
	return all.Amount, err
}

// Unclaimed returns what was earned and not claimed yet: pending and confirmed.
func (s Summary) Unclaimed() (market.Amount, error) {
	pending, err := s.Sum(Filter{Status: Pending})
	if err != nil {
		return market.Amount{}, err
	}
	confirmed, err := s.Sum(Filter{Status: Confirmed})
	if err != nil {
		return market.Amount{}, err
	}
	return pending.Amount.Add(confirmed.Amount)
}

// Filter chooses earnings; an empty field lets all through.
type Filter struct {
	Source Source
	Status Status
}

func (f Filter) matches(source Source, status Status) bool {
	return (f.Source == "" || f.Source == source) && (f.Status == "" || f.Status == status)
}
