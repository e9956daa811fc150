package faults_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"testing"
	"time"

	"privd/chain/chaintest"
	"privd/market"
	"privd/market/seal"
	"privd/market/x402"
	"privd/node/nodetest"
)

// tablePrice is what a dataset costs, in the smallest unit of mUSDC: 20 dollars.
const tablePrice = 20_000_000

// table puts a dataset on sale over x402, by a new user of the seller's node.
func table(t *testing.T, w *world) goods {
	t.Helper()
	g := goods{seller: w.user(t, w.seller, ""), dataset: fmt.Sprintf("table-%d", w.users)}
	g.content = []byte("word,number\n")
	for i, word := range bytes.Fields(words(400)) {
		g.content = fmt.Appendf(g.content, "%s,%d\n", word, i)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, field := range [][2]string{
		{"dataset_id", g.dataset}, {"title", "Words"}, {"description", "Words and numbers"}, {"data_type", "nft"}, {"price_priv", "10"}, {"price_usdc", "20"},
	} {
		must(t, form.WriteField(field[0], field[1]))
	}
	part, err := form.CreateFormFile("file", "words.csv")
	must(t, err)
	_, err = part.Write(g.content)
	must(t, err)
	must(t, form.Close())
	var made struct {
		Listing string `json:"listing_id"`
	}
	g.seller.once(t, http.MethodPost, "/data/listings", form.FormDataContentType(), body.Bytes()).decode(t, &made)
	g.listing = made.Listing
	w.sellers = append(w.sellers, g.seller.Wallet)
	until(t, g.dataset+" for sale", func() bool {
		return w.ask(t, http.MethodGet, "/datasets/"+g.dataset+"/preview").StatusCode == http.StatusOK
	})
	return g
}

// soldToAgent is a dataset sold twice to a client of x402 that holds no ether: once the
// download itself is paid for, once a token for it.
func soldToAgent(t *testing.T, w *world, p purse) bought {
	t.Helper()
	agent := chaintest.NewKey(t)
	w.chain.FundUSDC(t, agent.Address(), market.Wei(3*tablePrice))
	path := "/datasets/" + p.dataset
	if got := w.had(t, http.MethodGet, path+"/download", x402.HeaderPayment, w.payment(t, agent, p.seller.Wallet)); !bytes.Equal(got, p.content) {
		t.Errorf("the download that was paid for is %.200q", got)
	}
	var access struct {
		Data struct{ AuthorizationToken string }
	}
	must(t, json.Unmarshal(w.had(t, http.MethodPost, path, x402.HeaderPayment, w.payment(t, agent, p.seller.Wallet)), &access))
	if got := w.had(t, http.MethodGet, path+"/download", "Authorization", "Bearer "+access.Data.AuthorizationToken); !bytes.Equal(got, p.content) {
		t.Errorf("the download by token is %.200q", got)
	}
	if left, sold := w.dollars(t, agent.Address()), w.paid(t, p.seller); left != "20" || sold != 2 {
		t.Errorf("the agent has %s of 60 dollars left, and %d sales of 20 were paid", left, sold)
	}
	return bought{}
}

// payment signs away the price of a table.
func (w *world) payment(t *testing.T, from chaintest.Key, to market.Address) string {
	t.Helper()
	till := x402.Till{
		Token: seal.Contract{Name: "Mock USDC", Version: "1", ChainID: w.chain.Config.ChainID, Address: w.chain.Config.Contracts.USDC}, PayTo: to,
	}
	a := x402.Authorization{From: from.Address(), To: to, Value: market.Wei(tablePrice), ValidBefore: uint64(time.Now().Add(time.Hour).Unix())}
	_, err := rand.Read(a.Nonce[:])
	must(t, err)
	return nodetest.PaymentHeader(t, till, from, a)
}

// had shows what pays for something, again and again while the node is not there to
// answer, until it has it whole. Nobody may be asked to pay again.
func (w *world) had(t *testing.T, method, path string, header ...string) (body []byte) {
	t.Helper()
	until(t, "what was paid for at "+path, func() bool {
		got := w.ask(t, method, path, header...)
		switch retry := got.Header.Get("Retry-After") != ""; {
		case got.StatusCode == http.StatusOK:
			body = got.body
			return true
		case got.StatusCode == 0, retry && (got.StatusCode == http.StatusServiceUnavailable || got.StatusCode == http.StatusConflict):
			return false
		}
		t.Fatalf("%s %s of what was paid for: %d %s", method, path, got.StatusCode, got.body)
		return false
	})
	return body
}

// whole is an answer that came whole; StatusCode is 0 when none did.
type whole struct {
	StatusCode int
	Header     http.Header
	body       []byte
}

func (w *world) ask(t *testing.T, method, path string, header ...string) (out whole) {
	t.Helper()
	url, failed := w.seller.api()
	must(t, failed)
	if url == "" {
		return out
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url+"/api"+path, nil)
	must(t, err)
	if len(header) > 0 {
		r.Header.Set(header[0], header[1])
	}
	resp, err := web.Do(r)
	if err != nil {
		return out
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return out
	}
	return whole{resp.StatusCode, resp.Header, body}
}

// dollars returns the mUSDC of an account.
func (w *world) dollars(t *testing.T, account market.Address) string {
	t.Helper()
	a, err := w.reads.USDC().Balance(t.Context(), account)
	must(t, err)
	return a.Decimal(x402.Decimals)
}

// paid counts what a user sold over x402, for all of which the money must have come.
// One may be handed over that is not known to be: the node died between the two.
func (w *world) paid(t *testing.T, seller user) int {
	t.Helper()
	var page struct {
		Sales []struct{ State string }
	}
	seller.get(t, "/user/x402-sales", &page)
	for _, s := range page.Sales {
		if s.State != "delivered" && s.State != "settled" {
			t.Errorf("a sale that was handed over is %s", s.State)
		}
	}
	return len(page.Sales)
}
