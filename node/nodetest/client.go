package nodetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"testing"
	"time"
)

// Client calls a node's REST API as somebody.
type Client struct {
	node  *Node
	token string
}

// Envelope is what every answer of the API is wrapped in.
type Envelope struct {
	Success bool            `json:"success"`
	Data    json.RawMessage `json:"data"`
	Error   struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// Do sends a request with a JSON body, if there is one, and returns the status and
// the envelope.
func (c *Client) Do(t testing.TB, method, path string, body any) (int, Envelope) {
	t.Helper()
	var r io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		must(t, err)
		r = bytes.NewReader(raw)
	}
	return c.send(t, method, path, "application/json", r)
}

func (c *Client) send(t testing.TB, method, path, kind string, body io.Reader) (int, Envelope) {
	t.Helper()
	r, err := http.NewRequest(method, c.node.URL()+"/api/v1"+path, body)
	must(t, err)
	if body != nil {
		r.Header.Set("Content-Type", kind)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, Envelope{}
	}
	defer answer.Body.Close()
	var e Envelope
	if err := json.NewDecoder(answer.Body).Decode(&e); err != nil {
		t.Fatalf("%s %s: %s: %v", method, path, answer.Status, err)
	}
	return answer.StatusCode, e
}

// Get decodes the data of a 200 into out and returns the status.
func (c *Client) Get(t testing.TB, path string, out any) int {
	t.Helper()
	return c.decode(t, http.MethodGet, path, nil, out)
}

// Post is Get with a body.
func (c *Client) Post(t testing.TB, path string, body, out any) int {
	t.Helper()
	return c.decode(t, http.MethodPost, path, body, out)
}

// Put is Get with a body.
func (c *Client) Put(t testing.TB, path string, body, out any) int {
	t.Helper()
	return c.decode(t, http.MethodPut, path, body, out)
}

func (c *Client) decode(t testing.TB, method, path string, body, out any) int {
	t.Helper()
	code, e := c.Do(t, method, path, body)
	if code == http.StatusOK && out != nil {
		must(t, json.Unmarshal(e.Data, out))
	}
	if code >= 400 {
		t.Logf("%s %s: %d %s: %s", method, path, code, e.Error.Code, e.Error.Message)
	}
	return code
}

// Form is an upload. Consent is given to everything unless None is set.
type Form struct {
	Filename, Type, Kind string
	Data                 []byte
	None                 bool
}

// Upload sends a contribution and returns its id; the status is in code.
func (c *Client) Upload(t testing.TB, f Form) (id string, code int) {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", f.Filename)
	must(t, err)
	_, err = part.Write(f.Data)
	must(t, err)
	consent := fmt.Sprint(!f.None)
	for _, field := range [][2]string{{"contribution_type", f.Kind}, {"consent_ai_training", consent}, {"consent_research", consent}, {"consent_commercial", consent}} {
		must(t, w.WriteField(field[0], field[1]))
	}
	must(t, w.Close())
	code, e := c.send(t, http.MethodPost, "/contributions/upload", w.FormDataContentType(), &body)
	if code != http.StatusOK {
		t.Logf("upload %s: %d %s", f.Filename, code, e.Error.Message)
		return "", code
	}
	var out struct {
		ID string `json:"contribution_id"`
	}
	must(t, json.Unmarshal(e.Data, &out))
	return out.ID, code
}

// Contribute uploads a file and waits until it is approved.
func (c *Client) Contribute(t testing.TB, f Form) string {
	t.Helper()
	id, code := c.Upload(t, f)
	if code != http.StatusOK {
		t.Fatalf("upload %s: %d", f.Filename, code)
	}
	Wait(t, "approval of "+id, func() bool {
		var d struct{ Contribution struct{ Status string } }
		c.Get(t, "/contributions/"+id, &d)
		if d.Contribution.Status == "rejected" {
			t.Fatalf("%s was rejected", f.Filename)
		}
		return d.Contribution.Status == "approved"
	})
	return id
}

// Sell lists contributions at a price in PRIV and waits until they are on sale.
func (c *Client) Sell(t testing.TB, title string, price json.Number, contributions ...string) string {
	t.Helper()
	var made struct {
		ID string `json:"listing_id"`
	}
	code := c.Post(t, "/marketplace/wallet/listings", map[string]any{
		"title": title, "description": "About " + title, "category": "mixed", "tags": []string{"test"},
		"price_priv": price, "contribution_ids": contributions,
	}, &made)
	if code != http.StatusOK {
		t.Fatalf("create listing: %d", code)
	}
	if code := c.Put(t, "/marketplace/wallet/listings/"+made.ID, map[string]string{"status": "pending_review"}, nil); code != http.StatusOK {
		t.Fatalf("submit listing: %d", code)
	}
	c.WaitListed(t, made.ID)
	return made.ID
}

// WaitListed waits until a listing is on sale as this client's node sees it.
func (c *Client) WaitListed(t testing.TB, id string) {
	t.Helper()
	Wait(t, "listing "+id, func() bool {
		var d struct{ Listing struct{ Status string } }
		code, e := c.Do(t, http.MethodGet, "/marketplace/wallet/listings/"+id, nil)
		return code == http.StatusOK && json.Unmarshal(e.Data, &d) == nil && d.Listing.Status == "active"
	})
}

// Bought is the answer to a purchase.
type Bought struct {
	ID     string      `json:"purchase_id"`
	Token  string      `json:"access_token"`
	Paid   json.Number `json:"amount_paid_priv"`
	Status string      `json:"status"`
}

// Buy buys a listing; the status is in code.
func (c *Client) Buy(t testing.TB, listing string) (b Bought, code int) {
	t.Helper()
	code = c.Post(t, "/marketplace/wallet/listings/"+listing+"/purchase", nil, &b)
	return b, code
}

// Item is one file of a download.
type Item struct {
	Filename string `json:"filename"`
	URL      string `json:"gateway_url"`
	CID      string `json:"cid"`
	Size     int64  `json:"file_size_bytes"`
}

// Download counts a download and returns its files.
func (c *Client) Download(t testing.TB, b Bought) (items []Item, code int) {
	t.Helper()
	var d struct{ Downloads []Item }
	code = c.Get(t, "/marketplace/wallet/purchases/"+b.ID+"/download?access_token="+b.Token, &d)
	return d.Downloads, code
}

// Fetch gets a gateway URL without any credential.
func Fetch(t testing.TB, url string) ([]byte, int) {
	t.Helper()
	client := http.Client{Timeout: time.Minute}
	answer, err := client.Get(url)
	must(t, err)
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	must(t, err)
	return data, answer.StatusCode
}

// Timeline is how a purchase goes on.
type Timeline struct {
	State      string `json:"state"`
	Reason     string `json:"reason"`
	MoneyMoved bool   `json:"money_moved"`
}

// Timeline returns how a purchase stands.
func (c *Client) Timeline(t testing.TB, purchase string) (tl Timeline) {
	t.Helper()
	c.Get(t, "/marketplace/wallet/purchases/"+purchase+"/timeline", &tl)
	return tl
}

// WaitOpened waits until a purchase has its key.
func (c *Client) WaitOpened(t testing.TB, purchase string) {
	t.Helper()
	Wait(t, "the key of "+purchase, func() bool { return c.Timeline(t, purchase).State == "opened" })
}
