package api

import (
	"context"
	"encoding/json"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"privd/api/oas"
	"privd/market"
)

// maxAdvance bounds how far the clock moves at once.
const maxAdvance = 10 * 365 * 24 * time.Hour

// maxGiftBits bounds a gift in its smallest unit: the contracts pack amounts into as
// many.
const maxGiftBits = 128

// UseFaucet implements oas.StrictServerInterface.
func (h *handlers) UseFaucet(ctx context.Context, r oas.UseFaucetRequestObject) (oas.UseFaucetResponseObject, error) {
	if h.Dev == nil {
		return nil, errNoEndpoint
	}
	if !common.IsHexAddress(r.Body.Address) {
		return nil, market.BadField("address", "address must be 0x and 40 hexadecimal digits")
	}
	gift := Faucet{To: common.HexToAddress(r.Body.Address)}
	for _, part := range []struct {
		field    string
		value    *json.Number
		decimals int
		to       *market.Amount
	}{
		{"priv", r.Body.Priv, market.PRIVDecimals, &gift.PRIV},
		{"usdc", r.Body.Usdc, market.USDCDecimals, &gift.USDC},
		{"eth", r.Body.Eth, 18, &gift.ETH},
	} {
		if part.value == nil {
			continue
		}
		var err error
		if *part.to, err = parseUnits(part.field, *part.value, part.decimals); err != nil {
			return nil, err
		}
		if part.to.Big().BitLen() > maxGiftBits {
			return nil, market.BadField(part.field, part.field+" is more than there can be")
		}
	}
	if gift.PRIV.IsZero() && gift.USDC.IsZero() && gift.ETH.IsZero() {
		return nil, market.BadField("priv", "priv, usdc or eth must be more than 0")
	}
	hashes, err := h.Dev.Faucet(ctx, gift)
	if err != nil {
		return nil, err
	}
	return oas.UseFaucet200JSONResponse{Success: true, Data: oas.FaucetAnswer{TxHashes: whole(hashes)}}, nil
}

// AdvanceClock implements oas.StrictServerInterface.
func (h *handlers) AdvanceClock(ctx context.Context, r oas.AdvanceClockRequestObject) (oas.AdvanceClockResponseObject, error) {
	if h.Dev == nil {
		return nil, errNoEndpoint
	}
	by, err := time.ParseDuration(r.Body.Advance)
	if err != nil || by <= 0 || by > maxAdvance {
		return nil, market.BadField("advance", "advance must be a duration such as 720h, more than 0 and at most ten years")
	}
	now, err := h.Dev.Advance(ctx, by)
	if err != nil {
		return nil, err
	}
	return oas.AdvanceClock200JSONResponse{Success: true, Data: oas.ClockAnswer{Now: seconds(now)}}, nil
}
