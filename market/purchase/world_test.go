package purchase_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"privd/market"
	"privd/market/content"
	"privd/market/deal"
	"privd/market/delivery"
	"privd/market/ledger"
	"privd/market/listing"
	"privd/market/outbox"
	"privd/market/purchase"
	"privd/market/seal"
	"privd/storage/records"
)

// failer is what a story needs of a test.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// world is one purchase between a buyer's engine and a seller who may do anything, on
// a chain whose contract does what the notes say. Whatever the engine does to the
// outside can be its last deed: the process dies before or after it.
type world struct {
	t       failer
	engine  *purchase.Engine
	store   *records.Store
	book    *ledger.Book
	keyring *keyring
	cellar  *cellar
	chain   *contract
	seller  *vendor
	id      market.PurchaseID
	fuse    int // deeds until the process dies; 0 is never
	deeds   int
}

const (
	confirmations = 2
	genesis       = now
	price         = 100
	wealth        = 1000
	window        = 24 * 3600
	disputes      = 3 * 24 * 3600
)

// errDied is what a dying process panics with.
var errDied = errors.New("the process died")

// deed is one step of the engine that others can see, or that a restart finds.
func (w *world) deed(do func() error) error {
	w.burn()
	err := do()
	w.burn()
	return err
}

func (w *world) burn() {
	w.deeds++
	if w.fuse == 1 {
		w.fuse = 0
		panic(errDied)
	}
	w.fuse = max(0, w.fuse-1)
}

var identity = sync.OnceValue(func() *age.HybridIdentity {
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		panic(err)
	}
	return id
})

// lies is what a seller does against the rules.
type lies struct {
	WrongKey, WrongBundle, WrongContent bool
	WrongOpener                         bool // sends one whose hash is not the lock
	Deaf                                bool // never gives the opener off chain
	BigFile                             bool // the content is fetched after the payment
	NoReseal                            bool // does not seal again what it sealed
}

func newWorld(t failer, dir string, l lies) *world {
	t.Helper()
	w := &world{t: t, id: "pur_1", keyring: &keyring{}}
	var err error
	if w.store, err = records.Open(records.Options{Dir: dir, Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatalf("open: %v", err)
	}
	w.seller = newVendor(l)
	w.cellar = w.seller.cellar()
	w.chain = &contract{world: w, wallet: wealth}
	w.seller.chain = w.chain
	w.boot()
	w.book = &ledger.Book{
		Store: records.As[ledger.Tx](w.store), Clock: w.clock, Changed: func([]deal.Event) {},
		Booked: func(tx ledger.Tx, e deal.Event, _ bool) error { return w.engine.Booked(tx.(*records.Tx), e) },
	}
	w.chain.mine(1)
	p := purchase.Purchase{
		ID: w.id, Buyer: "usr_1", Wallet: w.seller.buyer, Listing: "lst_1", AccessDays: 30, Order: w.seller.order, Manifest: w.seller.manifest,
		State: purchase.Fetching, CreatedAt: w.clock(),
	}
	w.update(func(tx *records.Tx) error { return tx.PutPurchase(p) })
	return w
}

func (w *world) close() {
	if err := w.store.Close(); err != nil {
		w.t.Fatalf("close: %v", err)
	}
}

func (w *world) clock() time.Time { return time.Unix(int64(w.chain.head().Time), 0) }

// boot starts the buyer's process: nothing but what is stored is left of the last one.
func (w *world) boot() {
	rules := purchase.DefaultRules()
	rules.Confirmations, rules.DeliveryWindow, rules.PayWithin = confirmations, window*time.Second, 10*time.Minute
	if w.seller.lies.BigFile {
		rules.FetchBeforePay = 1
	}
	w.engine = &purchase.Engine{
		Store: mortalStore{records.As[purchase.Tx](w.store), w}, Vault: mortalVault{w.cellar, w}, Keyring: mortalKeyring{w.keyring, w},
		Wallets: w.seller.pens, Chain: w.chain, Domain: w.seller.domain, Token: seal.TokenDomain{Name: "PRIV"},
		Delegate: w.seller.delegate, Identity: identity(),
		Seller: func([]string) delivery.Seller { return mortalSeller{w.seller, w} },
		Source: func([]string) content.Source { return nil }, Clock: w.clock, Rules: rules,
	}
}

func (w *world) update(do func(*records.Tx) error) {
	if err := w.store.Update(context.Background(), do); err != nil {
		w.t.Fatalf("update: %v", err)
	}
}

func (w *world) purchase() (p purchase.Purchase) {
	err := w.store.View(context.Background(), func(tx *records.Tx) (err error) { p, err = tx.Purchase(w.id); return err })
	if err != nil {
		w.t.Fatalf("purchase: %v", err)
	}
	return p
}

// step runs the buyer's engine once; a process that dies is started again.
func (w *world) step() (died bool) {
	defer func() {
		if r := recover(); r == nil {
			return
		} else if err, ok := r.(error); !ok || !errors.Is(err, errDied) {
			panic(r)
		}
		died = true
		w.boot()
	}()
	if _, err := w.engine.Step(context.Background(), w.id, 0); err != nil && market.CodeOf(err) != market.Unavailable {
		w.t.Fatalf("step in %s: %v", w.purchase().State, err)
	}
	return false
}

// The buyer's world, in which every deed may be the last.
type mortalStore struct {
	market.Store[purchase.Tx]
	w *world
}

func (s mortalStore) Update(ctx context.Context, f func(purchase.Tx) error) error {
	return s.w.deed(func() error { return s.Store.Update(ctx, f) })
}

type mortalKeyring struct {
	*keyring
	w *world
}

func (k mortalKeyring) Put(ctx context.Context, name string, secret []byte) error {
	return k.w.deed(func() error { return k.keyring.Put(ctx, name, bytes.Clone(secret)) })
}

func (k mortalKeyring) Destroy(ctx context.Context, name string) error {
	return k.w.deed(func() error { return k.keyring.Destroy(ctx, name) })
}

type mortalVault struct {
	*cellar
	w *world
}

func (v mortalVault) Fetch(ctx context.Context, id string, roots []cid.Cid, source content.Source, limit int64, progress func(int64)) (pack content.Pack, err error) {
	err = v.w.deed(func() error { pack, err = v.cellar.Fetch(ctx, id, roots, source, limit, progress); return err })
	return pack, err
}

type mortalSeller struct {
	*vendor
	w *world
}

func (s mortalSeller) Seal(ctx context.Context, r delivery.SealRequest) (out delivery.Sealed, err error) {
	err = s.w.deed(func() error { out, err = s.vendor.Seal(ctx, r); return err })
	return out, err
}

func (s mortalSeller) Opener(ctx context.Context, r delivery.OpenerRequest) (k seal.Key, err error) {
	err = s.w.deed(func() error { k, err = s.vendor.Opener(ctx, r); return err })
	return k, err
}

func (s mortalSeller) Note(ctx context.Context, r delivery.Receipt) error {
	return s.w.deed(func() error {
		// A receipt is a promise that all is well.
		if l := s.vendor.lies; l.WrongKey || l.WrongBundle || (l.WrongContent && !l.BigFile) {
			s.w.t.Fatalf("a receipt for %+v", l)
		}
		return s.vendor.Note(ctx, r)
	})
}

// cellar is a vault in memory whose content the seller made.
type cellar struct {
	content.Vault
	root, bundle cid.Cid
	plain        []byte
	key          seal.FileKey
	block        []byte
	here         map[string]bool
}

func (v *cellar) Fetch(_ context.Context, id string, roots []cid.Cid, _ content.Source, _ int64, _ func(int64)) (content.Pack, error) {
	pack := content.Pack{ID: id, Size: 1}
	for _, c := range roots {
		v.here[c.KeyString()] = true
		if c == v.bundle {
			pack.Blocks = append(pack.Blocks, content.Block{Multihash: c.Hash(), Length: int32(len(v.block))})
		}
	}
	return pack, nil
}

func (v *cellar) Block(_ context.Context, c cid.Cid, limit int64) ([]byte, error) {
	switch {
	case !v.here[c.KeyString()]:
		return nil, market.ErrNotFound
	case int64(len(v.block)) > limit:
		return nil, market.Fail(market.TooLarge, "block is too large")
	}
	return v.block, nil
}

func (v *cellar) OpenWith(_ context.Context, o content.Object, key seal.FileKey) (content.Reader, error) {
	switch {
	case !v.here[o.Root.KeyString()]:
		return nil, market.ErrNotFound
	case key != v.key:
		return nil, market.Fail(market.Invalid, "content does not open under its key")
	}
	return plain{bytes.NewReader(v.plain)}, nil
}

func (v *cellar) Erase(context.Context, string) error {
	clear(v.here)
	return nil
}

type plain struct{ *bytes.Reader }

func (plain) Close() error { return nil }

// vendor is the seller's node.
type vendor struct {
	lies     lies
	away     bool
	domain   seal.Domain
	pens     pens
	order    seal.Order
	manifest []byte
	buyer    market.Address
	delegate market.Address
	key      seal.Key // K
	secret   seal.Key
	fileKey  seal.FileKey
	terms    map[market.Hash]seal.Terms // by purchase
	deals    map[market.Hash]seal.Deal
	handed   map[market.Hash]bool
	receipts map[market.Hash]delivery.Receipt
	chain    *contract
}

type pens map[market.Address]*ecdsa.PrivateKey

func (p pens) SignDigest(_ context.Context, who market.Address, digest market.Hash) (seal.Sig, error) {
	rsv, err := crypto.Sign(digest[:], p[who])
	if err != nil {
		return seal.Sig{}, err
	}
	return seal.Compact(rsv)
}

func (pens) NewWallet(context.Context) (market.Address, error) { return market.Address{}, nil }

var promisedPlain = []byte("what the listing describes")

func newVendor(l lies) *vendor {
	v := &vendor{
		lies: l, domain: seal.Domain{ChainID: 1}, pens: pens{}, key: seal.Key{5}, secret: seal.Key{6}, fileKey: seal.FileKey{7},
		terms: map[market.Hash]seal.Terms{}, deals: map[market.Hash]seal.Deal{}, handed: map[market.Hash]bool{}, receipts: map[market.Hash]delivery.Receipt{},
	}
	var addresses [4]market.Address
	for i := range addresses {
		key, err := crypto.ToECDSA(bytes.Repeat([]byte{byte(i + 1)}, 32))
		if err != nil {
			panic(err)
		}
		addresses[i] = crypto.PubkeyToAddress(key.PublicKey)
		v.pens[addresses[i]] = key
	}
	v.buyer, v.delegate = addresses[2], addresses[3]
	hash, fileKeyHash := sha256.Sum256(promisedPlain), v.fileKey.Hash()
	m := &listing.Manifest{
		Format: 1, Listing: "lst_1", Seller: addresses[0][:], SellerID: "usr_2", Title: "T", Category: "photo", Tags: []string{},
		KeyBundle: named("bundle"), Peers: []string{"p"}, Columns: []listing.Column{}, Entries: []listing.Entry{{
			Contribution: "contrib_1", Kind: "photo", MIME: "image/jpeg", Size: int64(len(promisedPlain)), PayloadSize: int64(len(promisedPlain)) + 32,
			Root: named("root"), SHA256: hash[:], FileKeyHash: fileKeyHash[:],
		}},
	}
	block, err := m.Encode()
	if err != nil {
		panic(err)
	}
	v.manifest = block
	v.order = seal.Order{Seller: addresses[0], Sealer: addresses[1], Listing: seal.ListingHash("lst_1"), Manifest: sha256.Sum256(block),
		KeyCommitment: v.key.Commitment(), Price: market.Wei(price), Version: 1, Expiry: genesis + 30*86400}
	return v
}

func named(name string) cid.Cid {
	mh, err := multihash.Sum([]byte(name), multihash.SHA2_256, -1)
	if err != nil {
		panic(err)
	}
	return cid.NewCidV1(cid.Raw, mh)
}

// cellar is what the seller's node serves.
func (v *vendor) cellar() *cellar {
	wrapped := v.fileKey.Wrap(v.key, 0)
	if v.lies.WrongBundle {
		wrapped = seal.FileKey{66}
	}
	s := &cellar{root: named("root"), bundle: named("bundle"), plain: promisedPlain, key: v.fileKey, block: wrapped[:], here: map[string]bool{}}
	if v.lies.WrongContent {
		s.plain = bytes.Repeat([]byte{'x'}, len(promisedPlain))
	}
	return s
}

var errAway = market.Fail(market.Unavailable, "seller offline")

// Seal implements delivery.Seller.
func (v *vendor) Seal(_ context.Context, r delivery.SealRequest) (out delivery.Sealed, err error) {
	if v.away {
		return out, errAway
	}
	offer := v.domain.Offer(r.Order, r.Terms)
	key := v.key
	if v.lies.WrongKey {
		key = seal.Key{99}
	}
	opener := seal.Opener(v.secret, offer)
	c := seal.Seal(key, opener, offer)
	out.SealedHash, out.Lock = c.Commitment(), opener.Commitment()
	d := v.domain.Deal(seal.Sale{Order: r.Order, Terms: r.Terms, SealedHash: out.SealedHash, Lock: out.Lock})
	id := v.domain.Purchase(d)
	if _, known := v.terms[id]; known && v.lies.NoReseal {
		return out, &delivery.Refusal{Code: delivery.ActiveAccess}
	}
	v.terms[id], v.deals[id] = r.Terms, d
	if out.Signature, err = v.pens.SignDigest(context.Background(), r.Order.Sealer, id); err != nil {
		return out, err
	}
	var sealed bytes.Buffer
	plain, err := age.Encrypt(&sealed, identity().Recipient())
	if err == nil {
		_, err = plain.Write(c[:])
	}
	out.SealedKey = nil
	if err = errors.Join(err, plain.Close()); err == nil {
		out.SealedKey = sealed.Bytes()
	}
	return out, err
}

// Opener implements delivery.Seller.
func (v *vendor) Opener(_ context.Context, r delivery.OpenerRequest) (seal.Key, error) {
	state := v.chain.state(r.Purchase)
	switch {
	case v.away, v.lies.Deaf:
		return seal.Key{}, errAway
	case seal.Check(v.delegate, v.domain.OpenerRequest(r.Purchase), r.Signature) != nil:
		return seal.Key{}, &delivery.Refusal{Code: delivery.BadSignature}
	case state.Status == deal.StatusNone, deal.Depth(v.chain.head().Number, state.Bought.Number) < confirmations:
		return seal.Key{}, &delivery.Refusal{Code: delivery.NotConfirmed}
	case state.Status == deal.StatusPurchased && v.chain.head().Time > state.Deadline-window/2:
		return seal.Key{}, &delivery.Refusal{Code: delivery.TooLate}
	case v.lies.WrongOpener:
		return seal.Key{13}, nil
	}
	v.handed[r.Purchase] = true
	return v.opener(r.Purchase), nil
}

func (v *vendor) opener(id market.Hash) seal.Key {
	return seal.Opener(v.secret, v.domain.Offer(v.order, v.terms[id]))
}

// Note implements delivery.Seller.
func (v *vendor) Note(_ context.Context, r delivery.Receipt) error {
	if v.away {
		return errAway
	}
	if seal.Check(v.delegate, v.domain.Receipt(r.Purchase, r.OpenedAt), r.Signature) != nil {
		return &delivery.Refusal{Code: delivery.BadSignature}
	}
	v.receipts[r.Purchase] = r
	return nil
}

// contract is the chain: blocks, the Market in them, and this node's sender, which
// sends again what a reorganisation took back.
type contract struct {
	world   *world
	blocks  []block
	pending []*transaction // in order of submission, those in blocks too
	wallet  int            // of the buyer
	stale   bool
}

type block struct {
	mark   deal.Mark
	events []deal.Event
	holds  []*transaction
}

type transaction struct {
	outbox.Transaction
	run func(at deal.Mark) (deal.Event, error)
}

func (c *contract) head() deal.Mark {
	if len(c.blocks) == 0 {
		return deal.Mark{Number: 0, Time: genesis}
	}
	return c.blocks[len(c.blocks)-1].mark
}

// Head implements purchase.Chain.
func (c *contract) Head() (deal.Mark, error) {
	if c.stale {
		return deal.Mark{}, market.Fail(market.Unavailable, "the chain's newest block is old")
	}
	return c.head(), nil
}

func (c *contract) events() (all []deal.Event) {
	for _, b := range c.blocks {
		all = append(all, b.events...)
	}
	return all
}

func (c *contract) state(id market.Hash) deal.State {
	return deal.Fold(slices.DeleteFunc(c.events(), func(e deal.Event) bool { return e.Purchase != id }))
}

// mine makes a block that many seconds after the last one, with everything in it that
// is pending.
func (c *contract) mine(after uint64) {
	head := c.head()
	b := block{mark: deal.Mark{Number: head.Number + 1, Time: head.Time + after, Hash: market.Hash{byte(head.Number), byte(len(c.blocks)), byte(c.world.deeds), byte(c.world.deeds >> 8)}}}
	c.blocks = append(c.blocks, b)
	last := &c.blocks[len(c.blocks)-1]
	for _, tx := range c.pending {
		if tx.State != outbox.Queued {
			continue
		}
		e, err := tx.run(b.mark)
		if err != nil {
			// As the sender has it: a call the contract refuses is not sent.
			tx.State, tx.Final, tx.Message, tx.Reason = outbox.Failed, true, err.Error(), err.Error()
			continue
		}
		e.Block, e.BlockHash, e.BlockTime, e.LogIndex = b.mark.Number, b.mark.Hash, b.mark.Time, uint64(len(last.events))
		tx.State = outbox.Mined
		last.events, last.holds = append(last.events, e), append(last.holds, tx)
	}
	if err := c.world.book.Apply(context.Background(), last.mark, last.events); err != nil {
		c.world.t.Fatalf("apply: %v", err)
	}
	if c.wallet = wealth - c.escrowed() - c.paid(); c.wallet < 0 {
		c.world.t.Fatalf("more was paid than there was")
	}
}

// reorg takes back the last n blocks; what they held is pending again.
func (c *contract) reorg(n int) {
	n = min(n, len(c.blocks)-1)
	for _, b := range c.blocks[len(c.blocks)-n:] {
		for _, tx := range b.holds {
			tx.State = outbox.Queued
		}
	}
	c.blocks = c.blocks[:len(c.blocks)-n]
	if err := c.world.book.Rewind(context.Background(), c.head()); err != nil {
		c.world.t.Fatalf("rewind: %v", err)
	}
}

// escrowed and paid are where the buyer's money is.
func (c *contract) escrowed() (sum int) {
	for _, s := range c.all() {
		if s.Status == deal.StatusPurchased || s.Status == deal.StatusRevealed {
			sum += price
		}
	}
	return sum
}

func (c *contract) paid() (sum int) {
	for _, s := range c.all() {
		if s.Status == deal.StatusSettled {
			sum += price
		}
	}
	return sum
}

func (c *contract) all() (states []deal.State) {
	seen := map[market.Hash]bool{}
	for _, e := range c.events() {
		if !seen[e.Purchase] {
			seen[e.Purchase] = true
			states = append(states, c.state(e.Purchase))
		}
	}
	return states
}

func (c *contract) submit(key string, run func(at deal.Mark) (deal.Event, error)) {
	for _, tx := range c.pending {
		if tx.Key == key {
			return
		}
	}
	c.pending = append(c.pending, &transaction{Transaction: outbox.Transaction{Key: key}, run: run})
}

// Balance implements purchase.Chain.
func (c *contract) Balance(context.Context, market.Address) (market.Amount, error) {
	return market.Wei(uint64(c.wallet)), nil
}

// Outcome implements purchase.Chain.
func (c *contract) Outcome(_ context.Context, key string) (outbox.Transaction, error) {
	for _, tx := range c.pending {
		if tx.Key == key {
			return tx.Transaction, nil
		}
	}
	return outbox.Transaction{}, market.ErrNotFound
}

// Purchase implements purchase.Chain.
func (c *contract) Purchase(_ context.Context, key string, s seal.Sale, _ seal.Sig) error {
	d := c.world.seller.domain
	id, delivery := d.Purchase(d.Deal(s)), d.Delivery(s)
	c.world.paying(id)
	return c.world.deed(func() error {
		c.submit(key, func(at deal.Mark) (deal.Event, error) {
			switch {
			case at.Time >= s.Terms.PayBy, at.Time > s.Order.Expiry:
				return deal.Event{}, errors.New("TooLate")
			case c.state(id).Status != deal.StatusNone:
				return deal.Event{}, errors.New("AlreadyPurchased")
			case c.escrowed() > 0:
				return deal.Event{}, errors.New("ActiveAccess")
			case wealth-c.escrowed()-c.paid() < price:
				return deal.Event{}, errors.New("no money")
			}
			return deal.Event{Kind: deal.Purchased, Purchase: id, Seller: s.Order.Seller, Buyer: s.Terms.Buyer, Delegate: s.Terms.Delegate,
				Listing: s.Order.Listing, Delivery: delivery, Price: s.Order.Price, Deadline: at.Time + uint64(s.Terms.DeliveryWindow), AccessDays: s.Terms.AccessDays}, nil
		})
		return nil
	})
}

// Refund implements purchase.Chain.
func (c *contract) Refund(_ context.Context, key string, d seal.Deal) error {
	id := c.world.seller.domain.Purchase(d)
	return c.world.deed(func() error {
		c.submit(key, func(at deal.Mark) (deal.Event, error) {
			switch s := c.state(id); {
			case s.Status != deal.StatusPurchased:
				return deal.Event{}, errors.New("WrongStatus")
			case at.Time < s.Deadline:
				return deal.Event{}, errors.New("TooEarly")
			}
			return deal.Event{Kind: deal.Refunded, Purchase: id, Buyer: d.Buyer, Amount: market.Wei(price)}, nil
		})
		return nil
	})
}

// Dispute implements purchase.Chain.
func (c *contract) Dispute(_ context.Context, key string, d seal.Deal, x seal.Delivery, opener, sealed seal.Key) error {
	id := c.world.seller.domain.Purchase(d)
	if !opener.Opens(x.Lock) || !sealed.Opens(x.SealedHash) || seal.Seal(sealed, opener, x.Offer).Opens(x.KeyCommitment) {
		c.world.t.Fatalf("a dispute that the contract refuses, or that publishes a right key")
	}
	return c.world.deed(func() error {
		c.submit(key, func(at deal.Mark) (deal.Event, error) {
			if s := c.state(id); s.Status != deal.StatusPurchased && (s.Status != deal.StatusRevealed || at.Time >= s.Deadline) {
				return deal.Event{}, errors.New("WrongStatus")
			}
			return deal.Event{Kind: deal.Refunded, Purchase: id, Buyer: d.Buyer, Amount: market.Wei(price), Disputed: true}, nil
		})
		return nil
	})
}

// Settle implements purchase.Chain.
func (c *contract) Settle(_ context.Context, key string, receipts []seal.SignedReceipt) error {
	r := receipts[0]
	id := c.world.seller.domain.Purchase(r.Deal)
	return c.world.deed(func() error {
		c.submit(key, func(at deal.Mark) (deal.Event, error) {
			s := c.state(id)
			if (s.Status != deal.StatusPurchased && s.Status != deal.StatusRevealed) || r.OpenedAt < s.BoughtAt || r.OpenedAt > at.Time {
				return deal.Event{}, errors.New("NothingSettled")
			}
			return deal.Event{Kind: deal.Settled, Purchase: id, Amount: market.Wei(95), Fee: market.Wei(5), AccessUntil: r.OpenedAt + uint64(s.AccessDays)*86400}, nil
		})
		return nil
	})
}

// reveal, finalize and settle are the seller's calls; each is sent again until it
// succeeds.
func (c *contract) reveal(id market.Hash) {
	c.foreign(id, "reveal", func(at deal.Mark, s deal.State) (deal.Event, error) {
		if s.Status != deal.StatusPurchased || at.Time >= s.Deadline {
			return deal.Event{}, errors.New("WrongStatus")
		}
		return deal.Event{Kind: deal.Revealed, Opener: market.Hash(c.world.seller.opener(id)), Deadline: at.Time + disputes}, nil
	})
}

func (c *contract) finalize(id market.Hash) {
	c.foreign(id, "finalize", func(at deal.Mark, s deal.State) (deal.Event, error) {
		if s.Status != deal.StatusRevealed || at.Time < s.Deadline {
			return deal.Event{}, errors.New("WrongStatus")
		}
		return deal.Event{Kind: deal.Settled, Amount: market.Wei(95), Fee: market.Wei(5), AccessUntil: s.Deadline - disputes + uint64(s.AccessDays)*86400}, nil
	})
}

func (c *contract) settle(id market.Hash) {
	r, noted := c.world.seller.receipts[id]
	if !noted {
		return
	}
	c.foreign(id, "settle", func(at deal.Mark, s deal.State) (deal.Event, error) {
		if (s.Status != deal.StatusPurchased && s.Status != deal.StatusRevealed) || r.OpenedAt < s.BoughtAt || r.OpenedAt > at.Time {
			return deal.Event{}, errors.New("Skipped")
		}
		return deal.Event{Kind: deal.Settled, Amount: market.Wei(95), Fee: market.Wei(5), AccessUntil: r.OpenedAt + uint64(s.AccessDays)*86400}, nil
	})
}

func (c *contract) foreign(id market.Hash, what string, run func(deal.Mark, deal.State) (deal.Event, error)) {
	c.submit(fmt.Sprintf("%s/%s/%d", what, id.Hex(), len(c.pending)), func(at deal.Mark) (deal.Event, error) {
		e, err := run(at, c.state(id))
		e.Purchase = id
		return e, err
	})
}

// paying checks what must hold when a payment leaves: what it pays for is saved, and
// no other payment can still be mined.
func (w *world) paying(id market.Hash) {
	p := w.purchase()
	raw, err := w.keyring.Get(context.Background(), string(w.id)+".sealed")
	var c seal.Key
	if p.OnChain != id || p.Sale == nil || err != nil || c.UnmarshalBinary(raw) != nil || !c.Opens(p.Sale.SealedHash) {
		w.t.Fatalf("a payment leaves before its seal is saved")
	}
	for other, terms := range w.seller.terms {
		if tx, err := w.chain.Outcome(context.Background(), "purchase/"+other.Hex()); err == nil && other != id && tx.Pending() && w.chain.head().Time < terms.PayBy {
			w.t.Fatalf("two payments at once")
		}
	}
}

// live starts a world that ends with the test.
func live(t *testing.T, l lies) *world {
	t.Helper()
	w := newWorld(t, t.TempDir(), l)
	t.Cleanup(w.close)
	return w
}
