package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/chain/keys"
	"privd/chain/voucher"
	"privd/cmd/internal/call"
	"privd/market"
)

func voucherCommand() *cli.Command {
	return &cli.Command{
		Name: "voucher", Category: categoryPeople, ArgsUsage: "CLAIM",
		Usage: "Save the operator's signature under what a claim is owed",
		Description: "A voucher names what the operator owes the wallet in all, earlier payouts and claims included. Whoever redeems it,\n" +
			"with or without this node, has the wallet paid what it was not paid yet, once; a later voucher holds all that\n" +
			"an earlier one does. Keep the newest one: it stays good when the node is gone.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write it to `FILE`"},
		},
		Action: onNode(showVoucher),
		Subcommands: []*cli.Command{{
			Name: "redeem", ArgsUsage: "FILE",
			Usage: "Have a saved voucher paid, without any node",
			Description: "FILE is what \"privd voucher CLAIM --output FILE\" wrote; - is the standard input. Signature, chain, contract and\n" +
				"amount are checked before anything is sent. The account of the key pays for the gas; the PRIV goes to the\n" +
				"voucher's account, whoever redeems it.",
			Flags: []cli.Flag{
				&cli.StringFlag{Name: "rpc", Usage: "`URL` of a JSON-RPC server of the chain"},
				&cli.StringFlag{Name: "key-file", Usage: "`FILE` with the private key, in hexadecimal, of an account that has coins for gas"},
				&cli.BoolFlag{Name: "check", Usage: "only tell what it would pay"},
				&cli.DurationFlag{Name: "timeout", Value: patience, Usage: "how long to wait"},
			},
			Action: redeemVoucher,
		}},
	}
}

func showVoucher(c *cli.Context, n call.Node) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	var cl oas.Claim
	if err := n.Get(c.Context, claimPath(c.Args().First()), nil, &cl); err != nil {
		return err
	}
	if cl.Voucher == nil {
		return market.Fail(market.NotFound, fmt.Sprintf("the operator owes nothing of %s: it is %s", cl.ClaimID, cl.Status))
	}
	v := *cl.Voucher
	if path := c.String("output"); path != "" {
		raw, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(path, append(raw, '\n'), 0o600); err != nil {
			return fmt.Errorf("save voucher: %w", err)
		}
		say(c, "saved as %s; it is paid by: privd voucher redeem %s --rpc URL --key-file FILE", path, path)
	}
	return show(c, v, func() {
		table(c.App.Writer, nil, [][]string{
			{"operator", v.Operator}, {"account", v.Account}, {"in all", string(v.Cumulative) + " PRIV"}, {"chain", fmt.Sprint(v.ChainID)},
			{"contract", v.Contract}, {"signature", v.Signature}, {"calldata", v.Calldata},
		})
	})
}

// redemption is what came of a voucher.
type redemption struct {
	Account string      `json:"account"`
	Before  json.Number `json:"paid_before"`
	Due     json.Number `json:"due"`
	Paid    json.Number `json:"paid"`
	PaidWei string      `json:"paid_wei"`
	TxHash  *string     `json:"tx_hash"`
	Block   *uint64     `json:"block"`
}

func redeemVoucher(c *cli.Context) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	if c.String("rpc") == "" || (c.String("key-file") == "" && !c.Bool("check")) {
		return market.Fail(market.Invalid, "name a server of the chain with --rpc, and who pays for the gas with --key-file; see: privd voucher redeem --help")
	}
	raw, err := readBounded(c.Args().First(), voucher.MaxFile)
	if err != nil {
		return err
	}
	v, err := voucher.Parse(raw)
	if err != nil {
		return err
	}
	if err := v.Verify(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Context, c.Duration("timeout"))
	defer cancel()
	eth, err := ethclient.DialContext(ctx, c.String("rpc"))
	if err != nil {
		return market.Fail(market.Unavailable, "the RPC server cannot be reached") // the cause may quote an access key
	}
	defer eth.Close()
	s, err := voucher.Look(ctx, eth, v)
	if err != nil {
		return err
	}
	out := redemption{Account: v.Account.Hex(), Before: json.Number(s.Paid.PRIV()), Due: json.Number(s.Due.PRIV()), Paid: "0", PaidWei: "0"}
	if c.Bool("check") {
		if err := s.Pays(); err != nil {
			return err
		}
		return showRedemption(c, out)
	}
	paid, err := redeemWith(ctx, c, eth, v)
	if err != nil {
		return err
	}
	hash := paid.TxHash.String()
	out.Paid, out.PaidWei, out.TxHash, out.Block = json.Number(paid.Amount.PRIV()), paid.Amount.String(), &hash, &paid.Block
	return showRedemption(c, out)
}

func redeemWith(ctx context.Context, c *cli.Context, eth voucher.Chain, v voucher.Voucher) (voucher.Payout, error) {
	text, err := readBounded(c.String("key-file"), 1<<10)
	if err != nil {
		return voucher.Payout{}, err
	}
	private, err := keys.ParsePrivate(strings.TrimSpace(string(text)))
	if err != nil {
		return voucher.Payout{}, market.Fail(market.Invalid, "--key-file must hold a private key of 32 bytes in hexadecimal")
	}
	key, err := crypto.ToECDSA(private[:])
	if err != nil {
		return voucher.Payout{}, market.Fail(market.Invalid, "--key-file must hold a private key of 32 bytes in hexadecimal")
	}
	start := time.Now()
	paid, err := voucher.Redeem(ctx, eth, key, v)
	if err == nil {
		say(c, "mined in block %d after %s", paid.Block, time.Since(start).Round(time.Millisecond))
	}
	return paid, err
}

func showRedemption(c *cli.Context, r redemption) error {
	return show(c, r, func() {
		rows := [][]string{{"account", r.Account}, {"paid before", string(r.Before) + " PRIV"}, {"due", string(r.Due) + " PRIV"}}
		if r.TxHash != nil {
			rows = append(rows, []string{"paid now", string(r.Paid) + " PRIV"}, []string{"transaction", *r.TxHash})
		}
		table(c.App.Writer, nil, rows)
	})
}

// readBounded reads a small file; "-" is the standard input.
func readBounded(path string, most int64) ([]byte, error) {
	from := io.Reader(os.Stdin)
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, market.Fail(market.Invalid, err.Error())
		}
		defer f.Close()
		from = f
	}
	raw, err := io.ReadAll(io.LimitReader(from, most+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if int64(len(raw)) > most {
		return nil, market.Fail(market.TooLarge, fmt.Sprintf("%s is larger than %d bytes", path, most))
	}
	return raw, nil
}
