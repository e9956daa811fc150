package earning

import "privd/market"

// referralShare is what a referrer earns of the first reward of whom it referred:
// one part in ten, rounded down to whole wei.
const referralShare = 10

// BookReward books a reward as Book does, and with a user's first reward the bonus
// of whoever referred the user. The bonus is booked under the new user's id, so
// there is one at most.
func BookReward(tx Tx, e Earning) (Earning, error) {
	booked, err := Book(tx, e)
	if err != nil || booked.Status != Confirmed {
		return booked, err
	}
	return booked, bookReferral(tx, booked)
}

func bookReferral(tx Tx, reward Earning) error {
	referrer, err := tx.Referrer(reward.User)
	if err != nil || referrer == "" {
		return ignoreNotFound(err)
	}
	bonus, err := reward.Amount.MulDiv(1, referralShare)
	if err != nil || bonus.IsZero() {
		return err
	}
	_, err = Book(tx, Earning{
		User: referrer, Source: Referral, Amount: bonus, Status: Confirmed,
		Description: "First reward of a user you referred", Reference: string(reward.User),
		CreatedAt: reward.CreatedAt, ConfirmedAt: reward.ConfirmedAt,
	})
	return err
}

func ignoreNotFound(err error) error {
	if market.CodeOf(err) == market.NotFound {
		return nil
	}
	return err
}
