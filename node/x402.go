package node

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"privd/api"
	"privd/chain"
	"privd/market"
	"privd/market/outbox"
	"privd/market/seal"
	"privd/market/task"
	"privd/market/x402"
	"privd/node/work"
	"privd/storage/records"
)

// X402 is how the node sells datasets to strangers over HTTP.
type X402 struct {
	// Listen is the address of the listener for strangers; empty: there is none, and
	// datasets are sold on the API's own address alone.
	Listen string `toml:"listen"`
	// PublicURL is the URL under which strangers reach that listener.
	PublicURL string `toml:"public_url"`
	// Service is what the node calls itself to clients.
	Service string `toml:"service_name"`
	// DetailsPrice is what the details of a dataset cost, in mUSDC.
	DetailsPrice string `toml:"details_price"`
	// DeepAbove is the price in mUSDC above which a payment waits for the
	// confirmations the node asks of all money; others are served with their first block.
	DeepAbove string `toml:"deep_above"`
}

func defaultX402() X402 { return X402{Service: "privd", DetailsPrice: "0.5", DeepAbove: "10"} }

func (c X402) validate() error {
	var err error
	if _, _, bad := net.SplitHostPort(c.Listen); c.Listen != "" && bad != nil {
		err = market.BadField("x402.listen", "x402.listen must be host:port")
	}
	if u, bad := url.Parse(c.PublicURL); c.PublicURL != "" && (bad != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil || u.RawQuery != "" || u.Fragment != "") {
		err = errors.Join(err, market.BadField("x402.public_url", "x402.public_url must be an http or https URL with a host, and may have a path; no user, query or fragment"))
	}
	if a, bad := market.ParseUnits(c.DetailsPrice, x402.Decimals); bad != nil || a.IsZero() {
		err = errors.Join(err, market.BadField("x402.details_price", "x402.details_price must be more than 0, with up to 6 decimals"))
	}
	if _, bad := market.ParseUnits(c.DeepAbove, x402.Decimals); bad != nil {
		err = errors.Join(err, market.BadField("x402.deep_above", "x402.deep_above must be an amount with up to 6 decimals"))
	}
	return err
}

// openX402 builds what sells datasets to strangers.
func (n *Node) openX402() error {
	details, err := market.ParseUnits(n.cfg.X402.DetailsPrice, x402.Decimals)
	if err != nil {
		return err
	}
	above, err := market.ParseUnits(n.cfg.X402.DeepAbove, x402.Decimals)
	if err != nil {
		return err
	}
	rules := x402.DefaultRules()
	rules.Confirmations = func(price market.Amount) uint64 {
		if price.Cmp(above) > 0 {
			return n.cfg.Chain.Confirmations
		}
		return 1
	}
	n.x402 = &x402.Desk{
		Store: records.As[x402.Tx](n.records), Chain: &till{face: n.face}, Clock: n.clock.Now, Rules: rules, Began: n.clock.Now(),
	}
	n.storefront = api.NewStorefront(api.StorefrontDeps{
		Log: n.log.With("component", "x402"), Clock: n.clock.Now,
		Shelf:   &x402.Shelf{Store: records.As[x402.ShelfTx](n.records), Vault: n.storage.Vault},
		Cashier: n.x402, SignIns: x402.NewSignIns(n.clock.Now), Till: (&dollars{node: n}).till, DetailsPrice: details, BaseURL: n.cfg.X402.PublicURL,
		Service: n.cfg.X402.Service, Stall: n.cfg.API.StallTimeout,
	})
	return nil
}

// openStorefront listens for strangers, where the operator wants that.
func (n *Node) openStorefront(ctx context.Context, _ string) (err error) {
	if n.cfg.X402.Listen == "" {
		return n.listings.Reached(ctx)
	}
	if n.strangers, err = api.NewStorefrontServer(n.cfg.X402.Listen, n.storefront, n.log.With("component", "x402")); err != nil {
		return err
	}
	n.add(part{name: "x402", run: n.strangers.Run, close: n.strangers.Close})
	if n.payBase() == "" {
		n.log.Warn("other nodes are not told where to pay for datasets: set x402.public_url", "address", n.X402URL())
	}
	return n.listings.Reached(ctx)
}

func (n *Node) x402Kinds(kinds map[task.Kind]work.Kind) {
	kinds[task.Sell402] = work.Kind{Parallel: 32, Timeout: time.Minute, Handler: taskOfHash(func(ctx context.Context, id market.Hash, _ int) (task.Next, error) {
		return n.x402.Step(ctx, id)
	})}
}

// X402URL returns the URL of the listener for strangers; "" when there is none.
func (n *Node) X402URL() string {
	if n.strangers == nil {
		return ""
	}
	return "http://" + n.strangers.Addr().String()
}

// payURL returns where strangers elsewhere pay for a dataset; empty when they cannot
// get there. An address that means something else on every machine is told on
// development networks only, whose nodes live on one.
func (n *Node) payURL(id market.DatasetID) string {
	base := n.payBase()
	if base == "" {
		return ""
	}
	return base + "/api/datasets/" + string(id) + "/download"
}

func (n *Node) payBase() string {
	base := strings.TrimSuffix(n.cfg.X402.PublicURL, "/")
	if base == "" && n.strangers != nil {
		base = reachable(n.strangers.Addr(), n.cfg.Dev != nil)
	}
	return base
}

// checkX402 tells whether strangers reach the node, and are told of it.
func (s status) checkX402() api.Check {
	c := api.Check{Name: "x402", OK: true, Message: "datasets are not sold to strangers: x402.listen is not set"}
	if s.n.strangers == nil {
		return c
	}
	c.Message = "strangers pay at " + s.n.X402URL()
	switch base := s.n.payBase(); {
	case base == "":
		c.OK, c.Message = false, c.Message+", and other nodes are not told where that is"
		c.Remedy = "set x402.public_url in config.toml to the URL that strangers reach it by"
	case base != s.n.X402URL():
		c.Message += ", which is " + base + " to others"
	}
	return c
}

// reachable returns the URL of a listener for those who are elsewhere; empty when it
// has none.
func reachable(addr net.Addr, dev bool) string {
	at, ok := addr.(*net.TCPAddr)
	if !ok {
		return ""
	}
	ip, _ := netip.AddrFromSlice(at.IP)
	ip = ip.Unmap()
	switch private := !ip.IsGlobalUnicast() || ip.IsPrivate(); {
	case !private:
	case !dev:
		return ""
	case ip.IsUnspecified() || !ip.IsValid():
		ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return "http://" + netip.AddrPortFrom(ip, uint16(at.Port)).String()
}

// dollars knows the token that datasets are priced in, once the chain told how its
// typed data is named.
type dollars struct {
	node *Node

	mu    sync.Mutex
	token *seal.TokenDomain
}

func (d *dollars) till(ctx context.Context, payTo market.Address) (x402.Till, error) {
	token, err := d.domain(ctx)
	if err != nil {
		return x402.Till{}, err
	}
	return x402.Till{
		Token: seal.Contract{Name: token.Name, Version: token.Version, ChainID: token.ChainID, Address: token.Token},
		PayTo: payTo, Timeout: x402Timeout,
	}, nil
}

// x402Timeout is how many seconds clients let their payments be valid for.
const x402Timeout = 120

func (d *dollars) domain(ctx context.Context) (seal.TokenDomain, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.token != nil {
		return *d.token, nil
	}
	token, err := d.node.client.USDC().Domain(ctx)
	if err != nil {
		return token, &market.Error{Op: "read the dollar token", Code: market.Unavailable, Reason: "TOKEN_UNKNOWN", Message: "the chain does not tell yet how the token is paid with", Err: err}
	}
	// Who has no ERC-3009 cannot be paid by those who hold no ether.
	if _, err := d.node.client.USDC().AuthorizationUsed(ctx, market.Address{}, market.Hash{}); err != nil {
		return token, &market.Error{Op: "read the dollar token", Code: market.Unavailable, Reason: "TOKEN_UNKNOWN", Message: "the token does not answer as ERC-3009 does", Err: err}
	}
	d.token = &token
	return token, nil
}

var _ x402.Chain = (*till)(nil)

// till is the chain as payments over HTTP see it.
type till struct {
	*face

	mu     sync.Mutex
	judged time.Time // when it was last looked at whether the node can pay for gas
	broke  error     // what was found
}

// solvent returns Unavailable while the node has not the ether that bringing a payment to
// the chain may cost: it would be taken and lie there. What was found holds for a moment.
func (t *till) solvent(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := t.clock(); now.Sub(t.judged) > solventFor {
		price, err := t.client.GasPrice(ctx)
		if err != nil {
			return err
		}
		balance, err := t.client.Balance(ctx, t.sender.Account())
		if err != nil {
			return err
		}
		// Fees may double while a transaction waits.
		need, err := price.MulDiv(2*settleGas, 1)
		if err != nil {
			return err
		}
		t.judged, t.broke = now, nil
		if balance.Cmp(need) < 0 {
			t.broke = &market.Error{Op: "take a payment", Code: market.Unavailable, Reason: "NODE_OUT_OF_GAS",
				Message: "the node cannot pay for gas at the moment, and takes no payments; nothing was paid"}
		}
	}
	return t.broke
}

const solventFor = 2 * time.Second

func authorization(a x402.Authorization, s seal.Sig) chain.Authorization {
	return chain.Authorization{From: a.From, To: a.To, Value: a.Value, ValidAfter: a.ValidAfter, ValidBefore: a.ValidBefore, Nonce: a.Nonce, Signature: s}
}

// Holds implements x402.Chain.
func (t *till) Holds(ctx context.Context, _ x402.Till, account market.Address) (market.Amount, error) {
	return t.client.USDC().Balance(ctx, account)
}

// Simulate implements x402.Chain.
func (t *till) Simulate(ctx context.Context, _ x402.Till, a x402.Authorization, s seal.Sig) error {
	if err := t.solvent(ctx); err != nil {
		return err
	}
	err := t.client.Check(ctx, t.sender.Account(), t.client.USDC().TransferWithAuthorization(authorization(a, s)))
	if err == nil || market.CodeOf(err) == market.Unavailable {
		return err
	}
	var refusal *market.Error
	if !errors.As(err, &refusal) {
		return err
	}
	// The token checks the signature and the nonce first; what is left is the money.
	reason := x402.InvalidTransaction
	if refusal.Reason == "ERC20InsufficientBalance" {
		reason = x402.InsufficientFunds
	}
	return &x402.Refusal{Reason: reason, Message: refusal.Message}
}

// Used implements x402.Chain.
func (t *till) Used(ctx context.Context, _ x402.Till, a x402.Authorization) (bool, error) {
	return t.client.USDC().AuthorizationUsed(ctx, a.From, a.Nonce)
}

// settleGas bounds what a payment may cost the node: the token is known, but its gas
// is not the payer's.
const settleGas = 200_000

// Settle implements x402.Chain. What is not mined while the authorization is valid is
// cancelled.
func (t *till) Settle(ctx context.Context, key string, _ x402.Till, a x402.Authorization, s seal.Sig) error {
	call := t.client.USDC().TransferWithAuthorization(authorization(a, s))
	call.Gas, call.Until = settleGas, a.ValidBefore
	_, err := t.sender.Submit(ctx, key, call)
	return err
}

// Outcome implements x402.Chain.
func (t *till) Outcome(ctx context.Context, key string) (outbox.Transaction, error) {
	return t.sender.Outcome(ctx, key)
}

// Payment implements x402.Chain. What has to be deep has to be told by two servers
// too, as all money that waits for confirmations.
func (t *till) Payment(ctx context.Context, transaction market.Hash, _ x402.Till, a x402.Authorization, deep bool) (uint64, error) {
	if second := t.follower.Confirmed(); deep && second.Wanted && !second.Alone {
		return t.client.USDC().PaidAlike(ctx, transaction, authorization(a, seal.Sig{}))
	}
	return t.client.USDC().Paid(ctx, transaction, authorization(a, seal.Sig{}))
}

// User implements x402.Chain.
func (t *till) User(ctx context.Context, _ x402.Till, a x402.Authorization) (market.Hash, error) {
	return t.client.USDC().UsedBy(ctx, a.From, a.Nonce)
}
