package node_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/chain"
	"privd/chain/chaintest"
	"privd/node/nodetest"
)

// offered is a listing as somebody sees it.
type offered struct {
	Price   json.Number `json:"price_priv"`
	Status  string      `json:"status"`
	Pending string      `json:"pending_signature"`
	Reason  string      `json:"reason"`
}

func look(t *testing.T, c *nodetest.Client, listing string) offered {
	t.Helper()
	var answer struct{ Listing offered }
	c.Get(t, "/marketplace/wallet/listings/"+listing, &answer)
	return answer.Listing
}

// asked is what an answer to a purchase says beside nodetest.Bought.
type asked struct {
	nodetest.Bought
	Request string `json:"signature_request"`
}

// TestExternalWallets trades between two users whose wallets no node holds, each
// node started anew between any two steps:
//  1. the seller logs in, uploads and lists; nothing is on sale until its wallet, and
//     no other, has signed the order; then the other node shows it;
//  2. a new price waits for the wallet while the old one sells;
//  3. the buyer's purchase waits for its wallet, holds nothing until then, and is one
//     however often it is asked for;
//  4. signed, it is paid and opened, and what is downloaded is what was uploaded;
//  5. on chain the buyer paid the old price and the seller has its 95 %.
func TestExternalWallets(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 2)
	home, away := nw.Nodes[0], nw.Nodes[1]
	sells, buys, stranger := nodetest.NewWallet(t), nodetest.NewWallet(t), nodetest.NewWallet(t)
	dave, erin := nw.LogIn(t, home, sells, ""), nw.LogIn(t, away, buys, "100")
	require.Equal(t, dave.ID, nw.LogIn(t, home, sells, "").ID, "a wallet is one user")
	data := []byte(strings.Repeat(prose, 30))
	listing := draft(t, dave.Client, "External", "10", dave.Contribute(t, nodetest.Form{Filename: "words.txt", Kind: "text", Data: data}))
	require.Equal(t, 200, dave.Put(t, "/marketplace/wallet/listings/"+listing, map[string]string{"status": "pending_review"}, nil))

	order := dave.WaitSignature(t, "listing_order", listing)
	home.Restart(t)
	require.Equal(t, order, dave.WaitSignature(t, "listing_order", listing), "it is asked for once")
	own := look(t, dave.Client, listing)
	require.Equal(t, offered{Price: "10", Status: "pending_review", Pending: order.ID, Reason: own.Reason}, own)
	require.Contains(t, own.Reason, "signature")
	_, code := dave.Answer(t, order.ID, stranger.SignTyped(t, order.TypedData))
	require.Equal(t, 400, code)
	_, code = nw.LogIn(t, home, stranger, "").Answer(t, order.ID, sells.SignTyped(t, order.TypedData))
	require.Equal(t, 404, code)
	status, code := dave.Answer(t, order.ID, sells.SignTyped(t, order.TypedData))
	require.Equal(t, 200, code)
	require.Equal(t, "active", status)
	home.Restart(t)
	erin.WaitListed(t, listing)
	require.Empty(t, dave.Signatures(t))

	var changed struct {
		Updated []string `json:"updated_fields"`
		Pending string   `json:"pending_signature"`
		Status  string
	}
	require.Equal(t, 200, dave.Put(t, "/marketplace/wallet/listings/"+listing, map[string]any{"price_priv": 20}, &changed))
	require.Empty(t, changed.Updated)
	require.Equal(t, "active", changed.Status)
	home.Restart(t)
	price := dave.WaitSignature(t, "listing_order", listing)
	require.Equal(t, changed.Pending, price.ID)
	require.Equal(t, json.Number("10"), look(t, dave.Client, listing).Price)

	bought := race(t, erin.Client, listing)
	require.Equal(t, "pending", bought.Status)
	away.Restart(t)
	payment := erin.WaitSignature(t, "payment", bought.ID)
	require.Equal(t, bought.Request, payment.ID)
	require.Equal(t, chaintest.PRIV(t, "100"), balance(t, nw, erin))
	require.False(t, erin.Timeline(t, bought.ID).MoneyMoved)
	_, code = erin.Buy(t, listing)
	require.Equal(t, 400, code, "access is under way")
	_, code = erin.Answer(t, payment.ID, stranger.SignTyped(t, payment.TypedData))
	require.Equal(t, 400, code)
	signature := buys.SignTyped(t, payment.TypedData)
	status, code = erin.Answer(t, payment.ID, signature)
	require.Equal(t, 200, code)
	require.Equal(t, "pending", status)
	away.Restart(t)
	erin.WaitOpened(t, bought.ID)
	again, code := erin.Answer(t, payment.ID, signature)
	require.Equal(t, 200, code)
	require.Equal(t, status, again, "the same answer again")
	items, code := erin.Download(t, bought.Bought)
	require.Equal(t, 200, code)
	got, code := nodetest.Fetch(t, items[0].URL)
	require.Equal(t, 200, code)
	require.Equal(t, sha256.Sum256(data), sha256.Sum256(got))
	require.Equal(t, chaintest.PRIV(t, "90"), balance(t, nw, erin))

	_, code = dave.Answer(t, price.ID, sells.SignTyped(t, price.TypedData))
	require.Equal(t, 200, code)
	home.Restart(t)
	nodetest.Wait(t, "the new price", func() bool { return look(t, erin.Client, listing).Price == "20" })
	face := chain.NewMarket(nw.Chain.Client(t), nil)
	nodetest.Wait(t, "settlement", func() bool {
		income, err := face.Income(context.Background(), sells.Address())
		require.NoError(t, err)
		return income == chaintest.PRIV(t, "9.5")
	})

	require.Equal(t, 200, dave.Put(t, "/marketplace/wallet/listings/"+listing, map[string]string{"status": "paused"}, nil))
	nodetest.Wait(t, "the withdrawal", func() bool { return look(t, nw.Nodes[1].As(""), listing).Status == "" })
	require.Equal(t, 200, dave.Put(t, "/marketplace/wallet/listings/"+listing, map[string]string{"status": "active"}, nil))
	resume := dave.WaitSignature(t, "listing_order", listing)
	require.Equal(t, "paused", look(t, dave.Client, listing).Status)
	_, code = dave.Answer(t, resume.ID, sells.SignTyped(t, resume.TypedData))
	require.Equal(t, 200, code)
	nodetest.Wait(t, "the listing's return", func() bool { return look(t, nw.Nodes[1].As(""), listing).Status == "active" })
}

// draft makes a listing that is not submitted.
func draft(t *testing.T, c *nodetest.Client, title string, price json.Number, contributions ...string) string {
	t.Helper()
	var made struct {
		ID string `json:"listing_id"`
	}
	require.Equal(t, 200, c.Post(t, "/marketplace/wallet/listings", map[string]any{
		"title": title, "description": title, "category": "text", "price_priv": price, "contribution_ids": contributions,
	}, &made))
	return made.ID
}

// race asks for the same purchase twenty times at once, in requests that differ. One
// is made.
func race(t *testing.T, c *nodetest.Client, listing string) (bought asked) {
	t.Helper()
	const callers = 20
	var all sync.WaitGroup
	codes := make([]int, callers)
	answers := make([]nodetest.Envelope, callers)
	for i := range callers {
		all.Go(func() {
			codes[i], answers[i] = c.Do(t, "POST", "/marketplace/wallet/listings/"+listing+"/purchase", map[string]int{"access_duration_days": 30 + i})
		})
	}
	all.Wait()
	made := 0
	for i, code := range codes {
		if code == 200 {
			made++
			require.NoError(t, json.Unmarshal(answers[i].Data, &bought))
			continue
		}
		require.Equal(t, 400, code)
	}
	require.Equal(t, 1, made)
	return bought
}

// TestUnsignedPayment asks a wallet that never signs: the seal runs out, is made anew
// once, and then the purchase has failed; nothing was paid, and the buyer may begin
// again.
func TestUnsignedPayment(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 2)
	alice := nw.AddUser(t, nw.Nodes[0], "alice", "")
	wallet := nodetest.NewWallet(t)
	erin := nw.LogIn(t, nw.Nodes[1], wallet, "100")
	listing := alice.Sell(t, "Waits", "10", alice.Contribute(t, nodetest.Form{Filename: "a.jpg", Kind: "photo", Data: photo(t, 77)}))
	erin.WaitListed(t, listing)

	var bought asked
	require.Equal(t, 200, erin.Post(t, "/marketplace/wallet/listings/"+listing+"/purchase", nil, &bought))
	first := erin.WaitSignature(t, "payment", bought.ID)
	sleepOver(t, nw, 50*time.Minute)
	var second nodetest.SignatureRequest
	nodetest.Wait(t, "another seal", func() bool {
		second = erin.WaitSignature(t, "payment", bought.ID)
		return second.ID != first.ID
	})
	_, code := erin.Answer(t, first.ID, wallet.SignTyped(t, first.TypedData))
	require.Equal(t, 404, code)
	sleepOver(t, nw, 50*time.Minute)
	nodetest.Wait(t, "the end", func() bool { return erin.Timeline(t, bought.ID).State == "failed" })
	require.Contains(t, erin.Timeline(t, bought.ID).Reason, "nothing was paid")
	require.Empty(t, erin.Signatures(t))
	require.Equal(t, chaintest.PRIV(t, "100"), balance(t, nw, erin))

	require.Equal(t, 200, erin.Post(t, "/marketplace/wallet/listings/"+listing+"/purchase", map[string]int{"access_duration_days": 7}, &bought))
	payment := erin.WaitSignature(t, "payment", bought.ID)
	_, code = erin.Answer(t, payment.ID, wallet.SignTyped(t, payment.TypedData))
	require.Equal(t, 200, code)
	erin.WaitOpened(t, bought.ID)
	require.Equal(t, chaintest.PRIV(t, "90"), balance(t, nw, erin))
}

// sleepOver moves the chain while the second node is down. It starts once the first
// has followed: a seller whose chain is behind takes the buyer's terms for too long.
func sleepOver(t *testing.T, nw *nodetest.Network, by time.Duration) {
	t.Helper()
	now := func() time.Time {
		var status struct{ Now time.Time }
		require.Equal(t, 200, nw.Nodes[0].Operator(t).Get(t, "/node/status", &status))
		return status.Now
	}
	until := now().Add(by - time.Minute)
	nw.Nodes[1].Stop(t)
	require.NoError(t, nw.Chain.Embedded.Advance(by))
	nodetest.Wait(t, "the first node to follow", func() bool { return now().After(until) })
	nw.Nodes[1].Start(t)
}

// TestExternalDataset sells a table for one wallet to another, by the data
// marketplace: both sign for themselves.
func TestExternalDataset(t *testing.T) {
	t.Parallel()
	nw := nodetest.Start(t, 1)
	sells, buys := nodetest.NewWallet(t), nodetest.NewWallet(t)
	dave, erin := nw.LogIn(t, nw.Nodes[0], sells, ""), nw.LogIn(t, nw.Nodes[0], buys, "100")
	made, code := dave.SellDataset(t, nodetest.Dataset{
		ID: "table", Filename: "table.csv", Title: "A table", DataType: "defi", Price: "10", Content: strings.NewReader("a,b\n1,2\n3,4\n"),
	})
	require.Equal(t, 200, code)
	require.Equal(t, "pending_review", made.Status)
	require.Equal(t, 404, erin.Get(t, "/data/listings/"+made.Listing, nil))
	order := dave.WaitSignature(t, "listing_order", made.Listing)
	_, code = dave.Answer(t, order.ID, sells.SignTyped(t, order.TypedData))
	require.Equal(t, 200, code)
	require.Equal(t, 200, erin.Get(t, "/data/listings/"+made.Listing, nil))

	var bought asked
	require.Equal(t, 200, erin.Post(t, "/data/purchase", map[string]string{"listing_id": made.Listing}, &bought))
	require.Equal(t, "pending", bought.Status)
	payment := erin.WaitSignature(t, "payment", bought.ID)
	require.Equal(t, payment.ID, bought.Request)
	_, code = erin.Answer(t, payment.ID, buys.SignTyped(t, payment.TypedData))
	require.Equal(t, 200, code)
	erin.WaitOpened(t, bought.ID)
	require.Equal(t, chaintest.PRIV(t, "90"), balance(t, nw, erin))
}
