package faults_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"testing"
	"time"

	"privd/market"
)

// client calls the API of a node as somebody.
type client struct {
	node  *process
	token string
}

type answer struct {
	status int // 0 when there was none
	Data   json.RawMessage
	Error  struct{ Code, Message string }
}

func (a answer) decode(t testing.TB, out any) {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("answer %d %s: %s", a.status, a.Error.Code, a.Error.Message)
	}
	must(t, json.Unmarshal(a.Data, out))
}

var web = &http.Client{Timeout: 30 * time.Second}

// once sends a request, and does not mind when the node is not there to answer.
func (c client) once(t testing.TB, method, path, kind string, body []byte) (a answer) {
	t.Helper()
	url, failed := c.node.api()
	must(t, failed)
	if url == "" {
		return a
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url+"/api/v1"+path, bytes.NewReader(body))
	must(t, err)
	r.Header.Set("Content-Type", kind)
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := web.Do(r)
	if err != nil {
		return a
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || json.Unmarshal(raw, &a) != nil {
		return answer{} // cut off
	}
	a.status = resp.StatusCode
	return a
}

// call sends a request, again as long as nobody answers, which may do it twice.
func (c client) call(t testing.TB, method, path string, body any) (a answer) {
	t.Helper()
	var raw []byte
	if body != nil {
		var err error
		raw, err = json.Marshal(body)
		must(t, err)
	}
	until(t, "an answer of "+c.node.name+" to "+method+" "+path, func() bool {
		a = c.once(t, method, path, "application/json", raw)
		return a.status != 0 && a.status != http.StatusServiceUnavailable
	})
	return a
}

func (c client) get(t testing.TB, path string, out any) {
	t.Helper()
	c.call(t, http.MethodGet, path, nil).decode(t, out)
}

func (c client) post(t testing.TB, path string, body, out any) {
	t.Helper()
	c.call(t, http.MethodPost, path, body).decode(t, out)
}

// user is a user of a node with a wallet of its own.
type user struct {
	client
	ID     string         `json:"user_id"`
	Wallet market.Address `json:"wallet_address"`
	Key    string         `json:"api_key"`
}

// contribute uploads a text and waits until it is approved.
func (c client) contribute(t testing.TB, name string, data []byte) string {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", name)
	must(t, err)
	_, err = part.Write(data)
	must(t, err)
	for _, field := range [][2]string{{"contribution_type", "text"}, {"consent_ai_training", "true"}, {"consent_research", "true"}, {"consent_commercial", "true"}} {
		must(t, w.WriteField(field[0], field[1]))
	}
	must(t, w.Close())
	var up struct {
		ID string `json:"contribution_id"`
	}
	c.once(t, http.MethodPost, "/contributions/upload", w.FormDataContentType(), body.Bytes()).decode(t, &up)
	until(t, "approval of "+up.ID, func() bool {
		var d struct{ Contribution struct{ Status string } }
		c.get(t, "/contributions/"+up.ID, &d)
		if d.Contribution.Status == "rejected" {
			t.Fatalf("%s was rejected", name)
		}
		return d.Contribution.Status == "approved"
	})
	return up.ID
}

// sell puts contributions on sale and waits until they are.
func (c client) sell(t testing.TB, title, price string, contributions ...string) string {
	t.Helper()
	var made struct {
		ID string `json:"listing_id"`
	}
	c.post(t, "/marketplace/wallet/listings", map[string]any{
		"title": title, "description": "About " + title, "category": "text", "price_priv": json.Number(price), "contribution_ids": contributions,
	}, &made)
	c.call(t, http.MethodPut, listingPath(made.ID), map[string]string{"status": "pending_review"}).decode(t, &struct{}{})
	c.listed(t, made.ID)
	return made.ID
}

func listingPath(id string) string  { return "/marketplace/wallet/listings/" + id }
func purchasePath(id string) string { return "/marketplace/wallet/purchases/" + id }

// listed waits until the node of c offers a listing.
func (c client) listed(t testing.TB, id string) {
	t.Helper()
	until(t, "listing "+id+" at "+c.node.name, func() bool {
		var d struct{ Listing struct{ Status string } }
		a := c.call(t, http.MethodGet, listingPath(id), nil)
		return a.status == http.StatusOK && json.Unmarshal(a.Data, &d) == nil && d.Listing.Status == "active"
	})
}

// bought is a purchase as its buyer sees it.
type bought struct {
	ID      string `json:"id"`
	Listing string `json:"listing_id"`
	Token   string `json:"access_token"`
	Paid    string `json:"amount_paid_priv_wei"`
	Status  string `json:"status"`
}

// purchases lists all purchases of a user, whatever became of them.
func (c client) purchases(t testing.TB) []bought {
	t.Helper()
	var page struct{ Purchases []bought }
	c.get(t, "/marketplace/wallet/purchases?include=pending&limit=100", &page)
	return page.Purchases
}

// buy asks for a listing until the purchase is known, though the node may die of it,
// and returns the only one there is. That a seller's sales were refunded is no reason
// not to.
func (c client) buy(t testing.TB, listing string) bought {
	t.Helper()
	var of []bought
	until(t, "a purchase of "+listing, func() bool {
		a := c.once(t, http.MethodPost, listingPath(listing)+"/purchase", "application/json", []byte(`{"force":true}`))
		if a.status == 0 || a.status == http.StatusServiceUnavailable {
			return false
		}
		if a.status != http.StatusOK && a.Error.Code != "ALREADY_PURCHASED" {
			t.Fatalf("buy: %d %s: %s", a.status, a.Error.Code, a.Error.Message)
		}
		of = nil
		for _, p := range c.purchases(t) {
			if p.Listing == listing {
				of = append(of, p)
			}
		}
		return len(of) > 0
	})
	if len(of) != 1 {
		t.Fatalf("asked for once, bought %d times", len(of))
	}
	return of[0]
}

type timeline struct {
	State      string `json:"state"`
	Reason     string `json:"reason"`
	MoneyMoved bool   `json:"money_moved"`
}

func (c client) timeline(t testing.TB, purchase string) (tl timeline) {
	t.Helper()
	c.get(t, purchasePath(purchase)+"/timeline", &tl)
	return tl
}

// reach waits until a purchase is in a state. To end in another fails the test.
func (c client) reach(t testing.TB, purchase, state string) {
	t.Helper()
	var tl timeline
	defer func() {
		if t.Failed() {
			t.Logf("purchase %s is %q: %s", purchase, tl.State, tl.Reason)
		}
	}()
	until(t, "purchase "+purchase+" to be "+state, func() bool {
		tl = c.timeline(t, purchase)
		switch {
		case tl.State == state:
			return true
		case tl.State == "failed", tl.State == "revoked":
			t.Fatalf("purchase %s is %s: %s; want %s", purchase, tl.State, tl.Reason, state)
		}
		return false
	})
}

// read downloads the one file of a purchase. Where the clock has just jumped the URL may
// have expired already, and another is asked for.
func (c client) read(t testing.TB, b bought) (data []byte) {
	t.Helper()
	until(t, "the content of "+b.ID, func() bool {
		var d struct {
			Downloads []struct {
				URL string `json:"gateway_url"`
			}
		}
		c.get(t, purchasePath(b.ID)+"/download?access_token="+b.Token, &d)
		if len(d.Downloads) != 1 {
			t.Fatalf("%d files, want 1", len(d.Downloads))
		}
		resp, err := web.Get(d.Downloads[0].URL)
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		data, err = io.ReadAll(resp.Body)
		if err == nil && resp.StatusCode != http.StatusOK && !bytes.Contains(data, []byte("URL_EXPIRED")) {
			t.Fatalf("download: %s: %s", resp.Status, data)
		}
		return err == nil && resp.StatusCode == http.StatusOK
	})
	return data
}

type earnings struct {
	Earnings []struct {
		ID        string  `json:"id"`
		Amount    string  `json:"amount_wei"`
		Status    string  `json:"status"`
		Reference *string `json:"reference_id"`
	} `json:"earnings"`
	Summary struct {
		Earned    string `json:"total_earned_wei"`
		Pending   string `json:"total_pending_wei"`
		Confirmed string `json:"total_confirmed_wei"`
		Claimed   string `json:"total_claimed_wei"`
	} `json:"summary"`
}

func (c client) earnings(t testing.TB) (e earnings) {
	t.Helper()
	c.get(t, "/user/earnings?limit=100", &e)
	return e
}

type claimed struct {
	ID       string   `json:"claim_id"`
	Status   string   `json:"status"`
	Total    string   `json:"total_claimed_wei"`
	Earnings []string `json:"earning_ids"`
}

func (c client) claims(t testing.TB) []claimed {
	t.Helper()
	var page struct{ Claims []claimed }
	c.get(t, "/user/earnings/claims?limit=100", &page)
	return page.Claims
}

// claimAll claims everything and waits until nothing is left to claim or to be paid,
// though the node may die of it.
func (c client) claimAll(t testing.TB) {
	t.Helper()
	until(t, "claims to be paid", func() bool {
		if e := c.earnings(t); e.Summary.Confirmed != "0" {
			c.once(t, http.MethodPost, "/user/earnings/claim", "application/json", []byte(`{"claim_all":true}`))
			return false
		}
		for _, cl := range c.claims(t) {
			switch cl.Status {
			case "completed":
			case "failed":
				t.Fatalf("claim %s failed", cl.ID)
			default:
				return false
			}
		}
		return true
	})
}

func priv(t testing.TB, text string) market.Amount {
	t.Helper()
	a, err := market.ParsePRIV(text)
	must(t, err)
	return a
}

func plus(t testing.TB, a market.Amount, more ...market.Amount) market.Amount {
	t.Helper()
	for _, b := range more {
		var err error
		a, err = a.Add(b)
		must(t, err)
	}
	return a
}

func minus(t testing.TB, a, b market.Amount) market.Amount {
	t.Helper()
	d, err := a.Sub(b)
	must(t, err)
	return d
}

func equal(t testing.TB, what string, got, want market.Amount) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %s PRIV, want %s", what, got.PRIV(), want.PRIV())
	}
}
