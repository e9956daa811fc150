package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"golang.org/x/sync/errgroup"

	"privd/chain"
	"privd/market"
	"privd/market/seal"
	"privd/market/x402"
)

const (
	salesRounds  = 2
	salesEach    = 400
	salesClients = 200 // agents at once: each of them waits for a block
	salesPrice   = 1_000_000
)

// agents measures what clients of x402 meet: downloads that are paid for, beside the
// same transfers sent to the same chain by a plain client that serves nothing; and the
// free list, beside net/http with a constant page.
func (b *bench) agents() (err error) {
	const id = "bench-table"
	file := append([]byte("word,number\n"), bytes.Repeat([]byte("word,1\n"), 1500)...)
	if err := b.seller().table(b.ctx, id, file); err != nil {
		return err
	}
	cfg, err := b.chain()
	if err != nil {
		return err
	}
	chainClient, err := chain.NewClient(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, chainClient.Close()) }()
	agent, plain, err := b.payers(chainClient)
	if err != nil {
		return err
	}
	give, err := b.faucet(chainClient)
	if err != nil {
		return err
	}
	if _, err := give.Give(b.ctx, chain.Gift{To: agent.address(), USDC: market.Wei(4 * (1 + salesRounds) * salesEach * salesPrice)}); err != nil {
		return err
	}
	url := b.nw.file.Nodes[0].API + "/api/datasets/" + id + "/download"
	till, err := b.till(chainClient, url)
	if err != nil {
		return err
	}
	eth, err := ethclient.DialContext(b.ctx, cfg.RPC)
	if err != nil {
		return err
	}
	defer eth.Close()

	var paid, alone time.Duration
	for round := range 1 + salesRounds {
		if round == 1 { // the first is for both to warm up
			paid, alone = 0, 0
		}
		payments := make([]x402.Payment, 2*salesEach)
		for i := range payments {
			if payments[i], err = sign(agent, till); err != nil {
				return err
			}
		}
		began := time.Now()
		if err := b.pay(url, payments[:salesEach], file); err != nil {
			return err
		}
		paid += time.Since(began)
		calls := make([]chain.Call, salesEach)
		for i, p := range payments[salesEach:] {
			calls[i] = chainClient.USDC().TransferWithAuthorization(chain.Authorization{
				From: p.From, To: p.To, Value: p.Value, ValidAfter: p.ValidAfter, ValidBefore: p.ValidBefore, Nonce: p.Nonce, Signature: p.Signature,
			})
		}
		began = time.Now()
		if err := sendEachPlain(b.ctx, eth, cfg.ChainID, plain, calls); err != nil {
			return err
		}
		alone += time.Since(began)
	}
	total := float64(salesRounds * salesEach)
	b.t.add(fmt.Sprintf("downloads of %d KB paid over x402, %d agents", len(file)/1000, salesClients), fmt.Sprintf("%.0f/s", total/paid.Seconds()),
		fmt.Sprintf("the same transfers by a plain client: %.0f/s; %.2fx", total/alone.Seconds(), alone.Seconds()/paid.Seconds()))
	return b.list()
}

// list measures the free list of datasets.
func (b *bench) list() (err error) {
	node := b.nw.file.Nodes[0]
	process, err := pid(node.Repo)
	if err != nil {
		return err
	}
	free := target{url: node.API + "/api/datasets", pid: process}
	page, err := free.get(b.ctx)
	if err != nil {
		return err
	}
	constant, stop, err := (&browsing{bench: *b}).constant(page)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	for range 3 {
		for _, t := range []*target{&free, &constant} {
			if err := t.hammer(b.ctx, 3*time.Second); err != nil {
				return err
			}
		}
	}
	b.t.add(fmt.Sprintf("GET the free list of datasets, %d bytes", len(page)), fmt.Sprintf("%.0f/s", free.rate()),
		fmt.Sprintf("net/http, constant page: %.0f/s; %.2fx", constant.rate(), free.rate()/constant.rate()))
	return nil
}

// till reads from a 402 whom to pay, as any client does.
func (b *bench) till(c *chain.Client, url string) (x402.Till, error) {
	token, err := c.USDC().Domain(b.ctx)
	if err != nil {
		return x402.Till{}, err
	}
	answer, err := http.Get(url)
	if err != nil {
		return x402.Till{}, err
	}
	defer answer.Body.Close()
	var asked struct {
		Accepts []struct {
			PayTo market.Address `json:"payTo"`
		}
	}
	if err := json.NewDecoder(answer.Body).Decode(&asked); err != nil {
		return x402.Till{}, err
	}
	if len(asked.Accepts) == 0 {
		return x402.Till{}, fmt.Errorf("%s asks for no payment: %s", url, answer.Status)
	}
	return x402.Till{Token: seal.Contract{Name: token.Name, Version: token.Version, ChainID: token.ChainID, Address: token.Token}, PayTo: asked.Accepts[0].PayTo}, nil
}

// sign makes a payment for a table.
func sign(p payer, till x402.Till) (x402.Payment, error) {
	a := x402.Authorization{From: p.address(), To: till.PayTo, Value: market.Wei(salesPrice), ValidBefore: uint64(time.Now().Add(time.Hour).Unix())}
	_, _ = rand.Read(a.Nonce[:])
	digest := till.Digest(a)
	raw, err := crypto.Sign(digest[:], p.key)
	if err != nil {
		return x402.Payment{}, err
	}
	signature, err := seal.Compact(raw)
	return x402.Payment{Authorization: a, Signature: signature}, err
}

// header writes a payment in the documented dialect.
func header(p x402.Payment) string {
	v, r, s := p.Signature.VRS()
	raw, err := json.Marshal(map[string]any{
		"scheme": "exact", "network": "localhost", "signature": "0x" + hex.EncodeToString(append(append(r[:], s[:]...), v)),
		"payload": map[string]string{
			"from": p.From.Hex(), "to": p.To.Hex(), "value": p.Value.String(), "validAfter": strconv.FormatUint(p.ValidAfter, 10),
			"validBefore": strconv.FormatUint(p.ValidBefore, 10), "nonce": p.Nonce.String(),
		},
	})
	if err != nil {
		panic("bench: a payment always encodes: " + err.Error())
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// pay buys as often as there are payments, by several agents at once.
func (b *bench) pay(url string, payments []x402.Payment, want []byte) error {
	web := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: salesClients}}
	defer web.CloseIdleConnections()
	g, ctx := errgroup.WithContext(b.ctx)
	g.SetLimit(salesClients)
	for _, p := range payments {
		g.Go(func() error {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
			if err != nil {
				return err
			}
			r.Header.Set(x402.HeaderPayment, header(p))
			answer, err := web.Do(r)
			if err != nil {
				return err
			}
			defer answer.Body.Close()
			got, err := io.ReadAll(answer.Body)
			if err == nil && (answer.StatusCode != http.StatusOK || !bytes.Equal(got, want)) {
				err = fmt.Errorf("a paid download: %s: %.200s", answer.Status, got)
			}
			return err
		})
	}
	return g.Wait()
}

func (c client) table(ctx context.Context, id string, data []byte) error {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, f := range [][2]string{
		{"dataset_id", id}, {"title", "A table"}, {"description", "Words and numbers"}, {"data_type", "nft"}, {"price_priv", "5"}, {"price_usdc", "1"},
	} {
		if err := w.WriteField(f[0], f[1]); err != nil {
			return err
		}
	}
	part, err := w.CreateFormFile("file", "table.csv")
	if err != nil {
		return err
	}
	if _, err := part.Write(data); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := c.do(ctx, http.MethodPost, "/data/listings", w.FormDataContentType(), &body, int64(body.Len()), nil); err != nil {
		return err
	}
	return until(ctx, 20*time.Millisecond, func() (bool, error) {
		answer, err := http.Get(c.api + "/api/datasets/" + id + "/preview")
		if err != nil {
			return false, err
		}
		return answer.StatusCode == http.StatusOK, answer.Body.Close()
	})
}
