package faults_test

import (
	"crypto/rand"
	"io"
	"math/big"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	ma "github.com/multiformats/go-multiaddr"

	"privd/chain/binding/privtoken"
	"privd/chain/keys"
	"privd/market"
	"privd/market/seal"
	"privd/storage/repo"
)

// Cheats that take a network of their own.

// TestFlood lets a buyer's node ask for hundreds of seals at once, of a seller with the
// usual limits: it is held back, and others buy as if it were not there.
func TestFlood(t *testing.T) {
	if testing.Short() {
		t.Skip("whole nodes")
	}
	t.Parallel()
	w := newWorldWith(t, map[string]string{"seller": "[chain]\nconfirmations = 1\npoll = \"40ms\"\n"}, nil, []string{envCheat + "=flood"})
	honest := w.add(t, "honest", nil)
	g := w.offer(t, "10")
	client{node: honest}.listed(t, g.listing)
	flooder, other := w.user(t, w.buyer, "100"), w.user(t, honest, "100")
	flooder.buy(t, g.listing)
	until(t, "a seller who says that it is too much", func() bool {
		return strings.Contains(w.metrics(t, w.seller), `outcome="the seller is busy",request="seal"`)
	})
	b := other.buy(t, g.listing)
	other.reach(t, b.ID, "opened")
	if string(other.read(t, b)) != string(g.content) {
		t.Error("the content is not what was promised")
	}
	until(t, "the price", func() bool { return w.income(t, g.seller.Wallet).Cmp(priv(t, "9.5")) >= 0 })
}

func (w *world) metrics(t *testing.T, p *process) string {
	t.Helper()
	url, failed := p.api()
	must(t, failed)
	resp, err := http.Get(url + "/metrics")
	must(t, err)
	defer resp.Body.Close()
	var text strings.Builder
	_, err = io.Copy(&text, resp.Body)
	must(t, err)
	return text.String()
}

// deep makes a node ask for four confirmations before it counts on anything.
const deep = "[chain]\nconfirmations = 4\npoll = \"40ms\"\n"

// TestTooEarly lets a buyer ask for the key as soon as its payment is mined: it gets it
// when the seller's node counts on the payment, and not before.
func TestTooEarly(t *testing.T) {
	if testing.Short() {
		t.Skip("whole nodes")
	}
	t.Parallel()
	steps := filepath.Join(t.TempDir(), "steps")
	w := newWorldWith(t, map[string]string{"seller": deep}, []string{envSteps + "=" + steps}, nil)
	l := &cheatLane{w: w, steps: steps}
	p := w.begin(t, w.offer(t, "10"))
	from := len(l.stored(t))
	b := p.buyer.buy(t, p.listing)
	p.buyer.reach(t, b.ID, "opening")
	until(t, "a refusal", func() bool {
		return strings.Contains(w.metrics(t, w.seller), `outcome="not confirmed yet",request="opener"`)
	})
	if released := l.released(t, from); len(released) > 0 {
		t.Fatalf("after one confirmation: %v", released)
	}
	w.anvil.Call(t, "anvil_mine", 4)
	p.buyer.reach(t, b.ID, "opened")
}

// TestDoubleSpend takes a payment out of the chain before the seller's node counts on
// it, and spends the money otherwise: nothing was sold, and the key is unknown.
func TestDoubleSpend(t *testing.T) {
	if testing.Short() {
		t.Skip("whole nodes")
	}
	t.Parallel()
	steps := filepath.Join(t.TempDir(), "steps")
	w := newWorldWith(t, map[string]string{"seller": deep}, []string{envSteps + "=" + steps}, nil)
	l := &cheatLane{w: w, steps: steps}
	p := w.begin(t, w.offer(t, "10"))
	from := len(l.stored(t))
	b := p.buyer.buy(t, p.listing)
	p.buyer.reach(t, b.ID, "opening")
	p.comesTo(t, "waiting")
	w.buyer.kill() // so that it does not pay again
	w.anvil.Call(t, "anvil_reorg", 1, []any{})
	w.spend(t, p.buyer)
	w.anvil.Call(t, "anvil_mine", 10)
	until(t, "the end of what was earned", func() bool {
		s := p.seller.sales(t)
		return len(s) == 1 && s[0].State == "waiting" && strings.Contains(s[0].Reason, "reorganisation")
	})
	w.advance(t, 3*time.Hour, w.seller)
	p.comesTo(t, "gone")
	if released := l.released(t, from); len(released) > 0 {
		t.Errorf("the opener left: %v", released)
	}
	if e := p.seller.earnings(t).Summary; e.Pending != "0" || w.income(t, p.seller.Wallet) != (market.Amount{}) {
		t.Errorf("earned by nothing: %+v", e)
	}
	equal(t, "what the contract holds", w.has(t, w.chain.Config.Contracts.Market), market.Amount{})
}

// spend moves all that a user has to nobody, by an authorization that the user's wallet
// signs.
func (w *world) spend(t *testing.T, u user) {
	t.Helper()
	ring, err := keys.Open(repo.Dir(u.node.dir).Keystore(), "")
	must(t, err)
	private, err := ring.Export(u.Wallet)
	must(t, err)
	key, err := crypto.HexToECDSA(strings.TrimPrefix(private.Reveal(), "0x"))
	must(t, err)
	cfg, all := w.chain.Config, w.has(t, u.Wallet)
	token := seal.Contract{Name: "PRIV", Version: "1", ChainID: cfg.ChainID, Address: cfg.Contracts.PRIV}
	var nonce market.Hash
	_, _ = rand.Read(nonce[:])
	const until = 1 << 39
	to := market.Address{1}
	digest := seal.NewMessage(token, "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)",
		seal.AddressWord(u.Wallet), seal.AddressWord(to), seal.AmountWord(all), seal.NumberWord(0), seal.NumberWord(until), nonce).Digest()
	rsv, err := crypto.Sign(digest[:], key)
	must(t, err)
	sig, err := seal.Compact(rsv)
	must(t, err)
	v, r, s := sig.VRS()
	w.chain.Send(t, w.chain.Operator, cfg.Contracts.PRIV, market.Amount{},
		privtoken.NewPrivToken().PackTransferWithAuthorization(u.Wallet, to, all.Big(), new(big.Int), big.NewInt(until), nonce, v, r, s))
}

// TestNoise lets strangers send garbage, enormous frames and half of a frame to both
// nodes, on every protocol, while these trade.
func TestNoise(t *testing.T) {
	if testing.Short() {
		t.Skip("whole nodes")
	}
	t.Parallel()
	w := newWorld(t, nil, nil)
	g := w.offer(t, "10")
	p := w.begin(t, g)
	quit := make(chan struct{})
	var done []chan struct{}
	for _, victim := range []*process{w.seller, w.buyer} {
		done = append(done, w.shout(t, victim, quit))
	}
	b := plain(t, w, p)
	if string(p.buyer.read(t, b)) != string(g.content) {
		t.Error("the content is not what was promised")
	}
	close(quit)
	for _, d := range done {
		<-d
	}
}

// shout opens stream after stream to a node, with nothing sensible on any, until quit.
func (w *world) shout(t *testing.T, victim *process, quit <-chan struct{}) (done chan struct{}) {
	t.Helper()
	var addresses []ma.Multiaddr
	for _, a := range w.addresses(t, victim) {
		address, err := ma.NewMultiaddr(a)
		must(t, err)
		addresses = append(addresses, address)
	}
	infos, err := peer.AddrInfosFromP2pAddrs(addresses...)
	must(t, err)
	done = make(chan struct{})
	go func() {
		defer close(done)
		for n := 0; ; n++ {
			select {
			case <-quit:
				return
			default:
			}
			stranger, err := libp2p.New(libp2p.NoListenAddrs)
			if err != nil {
				return
			}
			babble(t, stranger, infos[0], n)
			_ = stranger.Close()
		}
	}()
	return done
}

// babble says one thing on each protocol and leaves the streams open.
func babble(t *testing.T, stranger host.Host, to peer.AddrInfo, n int) {
	if stranger.Connect(t.Context(), to) != nil {
		return
	}
	garbage := make([]byte, 2000)
	_, _ = rand.Read(garbage)
	say := [][]byte{
		garbage,
		{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F}, // a frame of exabytes
		slices.Concat([]byte{0x80, 0x20}, garbage[:100]),       // a part of a frame, and then nothing
		slices.Concat([]byte{0x80, 0x0F}, garbage[:1920]),      // a whole one, of garbage
	}[n%4]
	for _, name := range []protocol.ID{"/privd/delivery/1", "/privd/offers/1", "/privd/peers/1"} {
		s, err := stranger.NewStream(t.Context(), to.ID, name)
		if err != nil {
			continue
		}
		_, _ = s.Write(say) // the other side may have had enough
	}
}
