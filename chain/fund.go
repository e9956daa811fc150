package chain

import (
	"context"
	"math/big"

	"privd/market"
)

// ReceiveWithAuthorization returns the call that redeems an authorization whose
// receiver is the account that sends it: nobody else can. The signature is over
// seal.TokenDomain.Receive.
func (t *Token) ReceiveWithAuthorization(a Authorization) Call {
	v, r, s := a.Signature.VRS()
	return Call{To: t.address, Data: t.bind.PackReceiveWithAuthorization(a.From, a.To, a.Value.Big(),
		new(big.Int).SetUint64(a.ValidAfter), new(big.Int).SetUint64(a.ValidBefore), a.Nonce, v, r, s)}
}

// Withdrawal returns what an operator has announced to take out, in wei of PRIV, and
// from when on, unix seconds, it can; 0 when nothing is announced.
func (r *Rewards) Withdrawal(ctx context.Context, operator market.Address) (amount market.Amount, readyAt uint64, err error) {
	out, err := read(ctx, r.client, "read announced withdrawal", r.Address(), r.bind.PackWithdrawals(operator), r.bind.UnpackWithdrawals)
	if err != nil {
		return market.Amount{}, 0, err
	}
	amount, err = market.AmountFromBig(out.Amount)
	return amount, out.ReadyAt, err
}
