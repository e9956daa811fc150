package chain

import (
	"context"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"privd/chain/binding/privtoken"
	"privd/chain/binding/rewards"
	"privd/market"
	"privd/market/seal"
)

// Rewards is the face of the contract that pays what an operator owes its users.
// Methods that take a key submit a transaction under it, as Market's do.
type Rewards struct {
	client *Client
	sender *Sender
	bind   *rewards.Rewards
}

// NewRewards returns the face of the Rewards contract. The sender may be nil for
// a face that only reads.
func NewRewards(client *Client, sender *Sender) *Rewards {
	return &Rewards{client: client, sender: sender, bind: rewards.NewRewards()}
}

// Address returns the contract.
func (r *Rewards) Address() market.Address { return r.client.cfg.Contracts.Rewards }

// Approve lets the contract take up to amount of the sender account's PRIV, as
// Fund needs.
func (r *Rewards) Approve(ctx context.Context, key string, amount market.Amount) error {
	data := privtoken.NewPrivToken().PackApprove(r.Address(), amount.Big())
	_, err := r.sender.Submit(ctx, key, Call{To: r.client.cfg.Contracts.PRIV, Data: data})
	return err
}

// Fund adds PRIV of the sender account to an operator's balance. The account must
// have approved it; an approval submitted before is enough.
func (r *Rewards) Fund(ctx context.Context, key string, operator market.Address, amount market.Amount) error {
	_, err := r.sender.Submit(ctx, key, Call{To: r.Address(), Data: r.bind.PackFund(operator, amount.Big()), Once: true})
	return err
}

// PayoutMany pays each account what it has not been paid yet of its cumulative
// amount (what it has earned from the operator in all, in wei of PRIV), from the
// sender account's balance. It pays all or none.
func (r *Rewards) PayoutMany(ctx context.Context, key string, accounts []market.Address, cumulative []market.Amount) error {
	return r.submit(ctx, key, r.PayoutCall(accounts, cumulative).Data)
}

// PayoutCall returns the call that PayoutMany submits, for Client.Check.
func (r *Rewards) PayoutCall(accounts []market.Address, cumulative []market.Amount) Call {
	words := make([]*big.Int, len(cumulative))
	for i, amount := range cumulative {
		words[i] = amount.Big()
	}
	return Call{To: r.Address(), Data: r.bind.PackPayoutMany(accounts, words)}
}

// Redeem pays an operator's voucher to its account.
func (r *Rewards) Redeem(ctx context.Context, key string, operator, account market.Address, cumulative market.Amount, sig seal.Sig) error {
	return r.submit(ctx, key, r.RedeemCall(operator, account, cumulative, sig).Data)
}

// RedeemCall returns the call that Redeem submits; anybody may send it.
func (r *Rewards) RedeemCall(operator, account market.Address, cumulative market.Amount, sig seal.Sig) Call {
	return Call{To: r.Address(), Data: r.bind.PackRedeem(
		rewards.Voucher{Operator: operator, Account: account, Cumulative: cumulative.Big()},
		rewards.Sig(bindSig(sig)))}
}

// AnnounceWithdrawal starts the notice after which the sender account may take
// out amount; 0 cancels it.
func (r *Rewards) AnnounceWithdrawal(ctx context.Context, key string, amount market.Amount) error {
	return r.submit(ctx, key, r.bind.PackAnnounceWithdrawal(amount.Big()))
}

// WithdrawFunds takes out what was announced.
func (r *Rewards) WithdrawFunds(ctx context.Context, key string) error {
	return r.submit(ctx, key, r.bind.PackWithdrawFunds())
}

func (r *Rewards) submit(ctx context.Context, key string, data []byte) error {
	_, err := r.sender.Submit(ctx, key, Call{To: r.Address(), Data: data})
	return err
}

// Paid returns what an operator has paid an account in all, in wei of PRIV.
func (r *Rewards) Paid(ctx context.Context, operator, account market.Address) (market.Amount, error) {
	paid, err := read(ctx, r.client, "read payouts", r.Address(), r.bind.PackPaid(operator, account), r.bind.UnpackPaid)
	if err != nil {
		return market.Amount{}, err
	}
	return market.AmountFromBig(paid)
}

// Balance returns what an operator can still pay, in wei of PRIV.
func (r *Rewards) Balance(ctx context.Context, operator market.Address) (market.Amount, error) {
	balance, err := read(ctx, r.client, "read reward balance", r.Address(), r.bind.PackBalanceOf(operator), r.bind.UnpackBalanceOf)
	if err != nil {
		return market.Amount{}, err
	}
	return market.AmountFromBig(balance)
}

// VoucherDigest returns what an operator signs to owe an account cumulative wei of
// PRIV in all: EIP-712 under {name:"privd Rewards", version:"1"}.
func (r *Rewards) VoucherDigest(operator, account market.Address, cumulative market.Amount) market.Hash {
	domain := typedDomain{"privd Rewards", r.client.cfg.ChainID, r.Address()}
	return domain.digest("Voucher(address operator,address account,uint256 cumulative)",
		addressWord(operator), addressWord(account), cumulative.Bytes32())
}

// typedDomain is the EIP-712 domain, version 1, of a contract.
type typedDomain struct {
	name     string
	chainID  uint64
	contract market.Address
}

// digest returns the EIP-712 digest of a struct whose members are all one word.
func (d typedDomain) digest(structType string, members ...[32]byte) market.Hash {
	separator := hashWords("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
		crypto.Keccak256Hash([]byte(d.name)), crypto.Keccak256Hash([]byte("1")), market.Wei(d.chainID).Bytes32(), addressWord(d.contract))
	body := hashWords(structType, members...)
	return market.Hash(crypto.Keccak256Hash([]byte{0x19, 0x01}, separator[:], body[:]))
}

func hashWords(structType string, members ...[32]byte) common.Hash {
	encoded := crypto.Keccak256([]byte(structType))
	for _, member := range members {
		encoded = append(encoded, member[:]...)
	}
	return crypto.Keccak256Hash(encoded)
}

func addressWord(a market.Address) (word [32]byte) {
	copy(word[12:], a[:])
	return word
}
