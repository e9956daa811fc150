package api

import (
	"context"
	"encoding/json"

	"privd/api/oas"
	"privd/market"
	"privd/market/account"
	"privd/market/reputation"
	"privd/market/review"
)

// Reputations tells how users stand.
type Reputations interface {
	// Reputation returns how the selected user stands, or the caller where the
	// selector is empty; the errors are those of Balances.
	Reputation(ctx context.Context, caller account.Caller, who Selector) (reputation.Reputation, error)
}

// GetReputation implements oas.StrictServerInterface.
func (h *handlers) GetReputation(ctx context.Context, r oas.GetReputationRequestObject) (oas.GetReputationResponseObject, error) {
	got, err := h.Reputations.Reputation(ctx, callOf(ctx).caller, selectUser(r.Params.UserID))
	if err != nil {
		return nil, err
	}
	out := oas.Reputation{
		UserID: string(got.Stats.User), ReputationLevel: int(got.Level), LevelName: got.Level.String(),
		TotalTasksCompleted: got.Stats.Completed(), AccuracyScore: shareOf(got.Stats.Accuracy()),
		GoldStandardAccuracy: shareOf(got.Stats.Gold()), ConsensusRate: shareOf(got.Stats.Consensus()),
	}
	out.StakedPriv, out.StakedPrivWei = priv(got.Staked)
	if next := got.Next; next != nil {
		out.NextLevelRequirements = &oas.NextLevel{
			Level: int(next.Level), LevelName: next.Level.String(), TasksNeeded: next.TasksLeft, AccuracyNeeded: shareOf(next.Accuracy),
		}
		out.NextLevelRequirements.StakeNeeded, out.NextLevelRequirements.StakeNeededWei = priv(next.Stake)
	}
	return oas.GetReputation200JSONResponse{Success: true, Data: out}, nil
}

// selectUser names a user by id, or nobody.
func selectUser(id *string) (who Selector) {
	if id != nil {
		who.User = market.UserID(*id)
	}
	return who
}

// shareOf writes a share without going through a float.
func shareOf(p review.Permille) json.Number { return thousandths(int64(p)) }

// parseShare reads a share of one exactly.
func parseShare(field string, n json.Number) (review.Permille, error) {
	a, err := market.ParseUnits(string(n), 3)
	if err != nil || a.Cmp(market.Wei(uint64(review.One))) > 0 {
		return 0, market.BadField(field, field+" must be from 0 to 1, with at most three decimals")
	}
	return review.Permille(a.Big().Uint64()), nil
}
