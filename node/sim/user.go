package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/accounts"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
	"golang.org/x/sync/errgroup"

	"privd/chain/binding/privtoken"
	"privd/chain/chaintest"
	"privd/market"
)

// user is a user of one node.
type user struct {
	world  *World
	name   string
	home   *member
	wallet market.Address
	key    *chaintest.Key // of an external wallet; nil where the node holds it

	funds        *big.Int // wei of PRIV the user begins with
	text         []byte   // what the user sells
	contribution string
	mark         string // in the text, and nowhere else in the world

	mu    sync.Mutex
	token string
}

// cast is who lives in a world: on each node two whose wallets the node keeps, and two
// who sign for themselves.
func (w *World) makeUsers(ctx context.Context) error {
	for _, m := range w.members {
		for i := range 4 {
			external := i >= 2
			kind := "m"
			if external {
				kind = "e"
			}
			u := &user{world: w, home: m, name: fmt.Sprintf("%s%d%d", kind, m.index, i%2), funds: wei("2000")}
			if external {
				key, err := privateKey(fmt.Appendf(nil, "%d %s", w.seed, u.name))
				if err != nil {
					return err
				}
				u.key = &key
			}
			w.users = append(w.users, u)
		}
	}
	var all errgroup.Group
	for i, u := range w.users {
		u.write(w.random(uint64(i) + 1))
		w.seen.add([]byte(u.mark), "the text of "+u.name)
		all.Go(func() error {
			if err := u.register(ctx); err != nil {
				return fmt.Errorf("user %s: %w", u.name, err)
			}
			return u.contribute(ctx)
		})
	}
	if err := all.Wait(); err != nil {
		return err
	}
	var payments []payment
	for _, u := range w.users {
		payments = append(payments, payment{to: w.ledger.contracts.PRIV, data: privtoken.NewPrivToken().PackTransfer(u.wallet, u.funds)})
	}
	return w.ledger.send(ctx, operator, false, payments...)
}

// user returns a user by name.
func (w *World) user(name string) *user {
	for _, u := range w.users {
		if u.name == name {
			return u
		}
	}
	return nil
}

// write makes a text that is like no other.
func (u *user) write(r *rand.Rand) {
	var text strings.Builder
	word := func() {
		for range 2 + r.IntN(8) {
			text.WriteByte(byte('a' + r.IntN(26)))
		}
	}
	for range 400 {
		word()
		text.WriteByte(" \n"[r.IntN(12)/11])
	}
	u.mark = fmt.Sprintf("mark%016x%016x", r.Uint64(), r.Uint64())
	text.WriteString(u.mark)
	u.text = []byte(text.String())
}

// register makes the user known to the node.
func (u *user) register(ctx context.Context) error {
	if u.key != nil {
		u.wallet = u.key.Address()
		return u.login(ctx)
	}
	var made struct {
		Wallet string `json:"wallet_address"`
		Key    string `json:"api_key"`
	}
	if err := u.home.operator().do(ctx, http.MethodPost, "/node/users", map[string]string{"name": u.name}, &made); err != nil {
		return err
	}
	u.wallet, u.token = common.HexToAddress(made.Wallet), made.Key
	return nil
}

// login signs in with the user's own wallet.
func (u *user) login(ctx context.Context) error {
	anybody := u.home.as("")
	var challenge struct{ Message string }
	if err := anybody.do(ctx, http.MethodPost, "/auth/nonce", map[string]string{"wallet_address": u.wallet.Hex()}, &challenge); err != nil {
		return err
	}
	signature, err := u.sign(accounts.TextHash([]byte(challenge.Message)))
	if err != nil {
		return err
	}
	var token struct{ Token string }
	err = anybody.do(ctx, http.MethodPost, "/auth/login", map[string]string{"message": challenge.Message, "signature": signature}, &token)
	if err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.token = token.Token
	return nil
}

func (u *user) sign(digest []byte) (string, error) {
	sig, err := crypto.Sign(digest, u.key.Private())
	if err != nil {
		return "", err
	}
	sig[64] += 27
	return hexutil.Encode(sig), nil
}

// do calls the node as the user. Tokens of wallets run out as time jumps.
func (u *user) do(ctx context.Context, method, path string, body, out any) error {
	err := u.as().do(ctx, method, path, body, out)
	if statusOf(err) != http.StatusUnauthorized || u.key == nil {
		return err
	}
	if err := u.login(ctx); err != nil {
		return err
	}
	return u.as().do(ctx, method, path, body, out)
}

func (u *user) get(ctx context.Context, path string, out any) error {
	return u.do(ctx, http.MethodGet, path, nil, out)
}

func (u *user) as() *client {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.home.as(u.token)
}

// contribute uploads the user's text and waits until it is approved.
func (u *user) contribute(ctx context.Context) (err error) {
	if u.contribution, err = u.as().upload(ctx, u.name+".txt", u.text); err != nil {
		return err
	}
	return poll(ctx, time.Minute, "the approval of "+u.name+"'s text", func() (bool, error) {
		var d struct{ Contribution struct{ Status string } }
		if err := u.get(ctx, "/contributions/"+u.contribution, &d); err != nil {
			return false, err
		}
		if d.Contribution.Status == "rejected" {
			return false, fmt.Errorf("the text of %s was rejected", u.name)
		}
		return d.Contribution.Status == "approved", nil
	})
}

// signAll answers whatever the user's wallet is asked to sign. A node that does not
// answer is asked again later.
func (u *user) signAll(ctx context.Context) (signed int) {
	if u.key == nil {
		return 0
	}
	var page struct {
		Signatures []struct {
			ID        string
			TypedData json.RawMessage `json:"typed_data"`
		}
	}
	if u.get(ctx, "/user/signatures", &page) != nil {
		return 0
	}
	for _, r := range page.Signatures {
		var typed apitypes.TypedData
		if err := json.Unmarshal(r.TypedData, &typed); err != nil {
			u.world.blame("%s is asked to sign what is no typed data: %v", u.name, err)
			continue
		}
		digest, _, err := apitypes.TypedDataAndHash(typed)
		if err != nil {
			u.world.blame("%s is asked to sign what is no typed data: %v", u.name, err)
			continue
		}
		signature, err := u.sign(digest)
		if err != nil {
			u.world.blame("%s cannot sign: %v", u.name, err)
			continue
		}
		if u.do(ctx, http.MethodPost, "/user/signatures/"+r.ID, map[string]string{"signature": signature}, nil) == nil {
			signed++
		}
	}
	return signed
}
