package sim

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"privd/chain/binding/privtoken"
	"privd/chain/binding/rewards"
	"privd/chain/devchain"
	"privd/market"
	"privd/node"
)

// Options say what worlds are made of.
type Options struct {
	// Dir is where worlds live; each in a folder of its own, removed when all was well.
	Dir string
	// Program is the privd binary to run; empty is this program, which calls Node.
	Program string
}

// World is a chain, two nodes and their users.
type World struct {
	options Options
	seed    uint64
	dir     string
	ledger  *ledger
	members []*member
	users   []*user
	seen    *watch
	http    *http.Client

	mu       sync.Mutex
	blamed   []string // what no fault excuses, as it was seen
	listings map[string]*listing
	intents  []*intent
	work     sync.WaitGroup // calls and restarts under way

	read map[string]bool // purchases that were downloaded at last
}

// nodes is how many nodes a world has.
const nodes = 2

// newWorld starts a world. Its wallets and texts come from the seed.
func newWorld(ctx context.Context, o Options, seed uint64) (w *World, err error) {
	w = &World{options: o, seed: seed, seen: &watch{marks: map[string]string{}}, listings: map[string]*listing{}, read: map[string]bool{},
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	if w.dir, err = os.MkdirTemp(o.Dir, "world-"); err != nil {
		return nil, err
	}
	if err := w.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start a world: %w", err), w.close())
	}
	return w, nil
}

func (w *World) start(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	if w.ledger, err = startLedger(ctx); err != nil {
		return err
	}
	if err := w.makeMembers(); err != nil {
		return err
	}
	for _, m := range w.members {
		if err := m.begin(ctx); err != nil {
			return err
		}
		if err := w.introduce(); err != nil {
			return err
		}
	}
	if err := w.fundNodes(ctx); err != nil {
		return err
	}
	if err := w.makeUsers(ctx); err != nil {
		return err
	}
	return w.ledger.deepen(ctx)
}

// makeMembers makes the nodes' repos.
func (w *World) makeMembers() error {
	for i := range nodes {
		m, err := w.newMember(i)
		if err != nil {
			return err
		}
		w.members = append(w.members, m)
	}
	var all errgroup.Group
	for _, m := range w.members {
		all.Go(m.init)
	}
	return all.Wait()
}

// network is the network file of one node, which knows the other ones.
func (w *World) network(m *member) node.Network {
	n := node.Network{
		ChainID: devchain.ChainID, RPC: m.proxy.url, Contracts: node.Contracts(w.ledger.contracts), DeployBlock: w.ledger.block,
		Topic: "privd/sim/" + filepath.Base(w.dir), Bootstrap: []string{},
	}
	for _, other := range w.members {
		if other != m {
			n.Bootstrap = append(n.Bootstrap, other.p2p...)
		}
	}
	return n
}

// introduce tells every node the addresses of the others, for when it starts next: who
// comes back finds them.
func (w *World) introduce() error {
	for _, m := range w.members {
		if err := w.network(m).Save(filepath.Join(m.repo, "network.json")); err != nil {
			return err
		}
	}
	return nil
}

// rewardFund is how many PRIV each node's operator can pay to its users, gas how much
// of the chain's coin each node has.
const (
	rewardFund = "100000"
	gas        = "1000"
)

func (w *World) fundNodes(ctx context.Context) error {
	fund, coin := wei(rewardFund), wei(gas)
	all := new(big.Int).Mul(fund, big.NewInt(nodes))
	payments := []payment{{to: w.ledger.contracts.PRIV, data: privtoken.NewPrivToken().PackApprove(w.ledger.contracts.Rewards, all)}}
	for _, m := range w.members {
		payments = append(payments, payment{to: m.account, value: coin},
			payment{to: w.ledger.contracts.Rewards, data: rewards.NewRewards().PackFund(m.account, fund)})
	}
	return w.ledger.send(ctx, operator, false, payments...)
}

// wei returns an amount of whole PRIV that is written in the program.
func wei(priv string) *big.Int {
	amount, err := market.ParsePRIV(priv)
	if err != nil {
		panic("sim: " + priv + " is no amount: " + err.Error())
	}
	return amount.Big()
}

// blame notes something that no fault excuses.
func (w *World) blame(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.blamed = append(w.blamed, fmt.Sprintf(format, args...))
}

// random returns a source of its own for a purpose.
func (w *World) random(purpose uint64) *rand.Rand { return rand.New(rand.NewPCG(w.seed, purpose)) }

// close ends everything. What it returns is what went wrong in ending: a world that
// does not end properly is at fault, too.
func (w *World) close() error {
	w.work.Wait()
	var all errgroup.Group
	for _, m := range w.members {
		all.Go(m.close)
	}
	err := all.Wait()
	if w.ledger != nil {
		w.ledger.close()
	}
	w.http.CloseIdleConnections()
	return err
}
