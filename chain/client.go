package chain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"strings"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"privd/market"
)

// Client talks to the chain through one RPC server of several. It dials on first use,
// so a node starts while the servers are down, and checks of each that it is on the
// right chain before anything else is believed. When no server can be reached the
// error is Unavailable; every call is bounded by the configured timeout, for each
// server that is tried. Safe for concurrent use; the owner calls Close.
type Client struct {
	cfg  Config
	pool *pool
}

// NewClient returns a client for a valid configuration. It does not dial.
func NewClient(cfg Config) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("chain config: %w", err)
	}
	return &Client{cfg: cfg, pool: newPool(cfg)}, nil
}

// Config returns the configuration.
func (c *Client) Config() Config { return c.cfg }

// Close ends the connections. Calls under way fail.
func (c *Client) Close() error {
	c.pool.close()
	return nil
}

// pinned is the context key for the server that everything is asked of.
type pinned struct{ pool *pool }

// together returns a context in which everything is asked of one server, the best one
// now. What is read in several calls and has to fit together is read so: another
// server may be some blocks ahead, or behind. A call that fails is not made elsewhere
// then; the whole look is repeated.
func (c *Client) together(ctx context.Context) context.Context {
	best := c.pool.candidates()
	if len(best) == 0 {
		return ctx
	}
	if current, _ := c.pool.inUse(); current != best[0] {
		c.pool.choose(current, best[0], "the other one is out of use")
	}
	return c.with(ctx, best[0])
}

func (c *Client) with(ctx context.Context, s *server) context.Context {
	return context.WithValue(ctx, pinned{c.pool}, s)
}

// server returns the server that a context asks everything of, nil when any will do.
func (c *Client) server(ctx context.Context) *server {
	s, _ := ctx.Value(pinned{c.pool}).(*server)
	return s
}

// do runs fn with a connection to the right chain, and translates what goes wrong. A
// server that does not answer properly is left for the next one, and fn runs again
// there: it must not mind.
func (c *Client) do(ctx context.Context, op string, fn func(context.Context, *ethclient.Client) error) error {
	if s := c.server(ctx); s != nil {
		return c.pool.run(ctx, s, op, fn)
	}
	return c.pool.try(ctx, op, fn)
}

// once is do for what must not be repeated at another server.
func (c *Client) once(ctx context.Context, op string, fn func(context.Context, *ethclient.Client) error) error {
	return c.do(c.together(ctx), op, fn)
}

// translate turns what an RPC call returned into the node's errors. An answer of
// the server (a revert, a refusal, "not found") is passed on as it is; everything
// else means that the server did not answer properly.
func translate(op string, err error) error { return faultOf("", op, err) }

// faultOf is translate with the name of the server.
func faultOf(name, op string, err error) error {
	var refusal rpc.Error
	var status rpc.HTTPError
	var known *market.Error
	server := strings.TrimSpace("the RPC server " + name)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		if known.Op == "" {
			return &market.Error{Op: op, Code: known.Code, Reason: known.Reason, Field: known.Field, Message: known.Message, Err: known.Err}
		}
		return err
	case errors.As(err, &refusal), errors.Is(err, ethereum.NotFound), errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", op, err)
	case errors.Is(err, context.DeadlineExceeded):
		return &market.Error{Op: op, Code: market.Unavailable, Message: server + " does not answer in time", Err: context.DeadlineExceeded}
	case errors.As(err, &status): // without the text, which may quote the access key
		return &market.Error{Op: op, Code: market.Unavailable, Message: server + " answers " + status.Status}
	}
	return &market.Error{Op: op, Code: market.Unavailable, Message: server + " does not answer properly", Err: withoutURL(err)}
}

// withoutURL drops the URL that net/http puts into its errors: it often carries
// an access key.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// header returns a block header, the head for a nil number; ethereum.NotFound when
// there is none. The header is the one asked for, whatever the server says.
func (c *Client) header(ctx context.Context, number *big.Int) (*types.Header, error) {
	var header *types.Header
	err := c.do(ctx, "read block header", func(ctx context.Context, eth *ethclient.Client) (err error) {
		header, err = eth.HeaderByNumber(ctx, number)
		if err == nil && (header.Number == nil || !header.Number.IsUint64() || (number != nil && header.Number.Cmp(number) != 0)) {
			return lie("read block header", "asked for block %v, got %v", number, header.Number)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if s := c.server(ctx); number == nil && s != nil {
		s.saw(header)
	}
	return header, nil
}

// lie is the error for an answer that cannot be true.
func lie(op, format string, args ...any) error {
	return &market.Error{Op: op, Code: market.Unavailable, Reason: "RPC_INCONSISTENT",
		Message: "the RPC server contradicts itself: " + fmt.Sprintf(format, args...)}
}

// Head is the newest block the server knows.
func (c *Client) Head(ctx context.Context) (number, timestamp uint64, err error) {
	header, err := c.header(ctx, nil)
	if err != nil {
		return 0, 0, err
	}
	return header.Number.Uint64(), header.Time, nil
}

// Balance returns the account's balance of the chain's own coin, in wei.
func (c *Client) Balance(ctx context.Context, account market.Address) (market.Amount, error) {
	var balance *big.Int
	err := c.do(ctx, "read balance", func(ctx context.Context, eth *ethclient.Client) (err error) {
		balance, err = eth.BalanceAt(ctx, account, nil)
		return err
	})
	if err != nil {
		return market.Amount{}, err
	}
	return market.AmountFromBig(balance)
}

// read calls a view function of a contract at the newest block and decodes its
// answer.
func read[T any](ctx context.Context, c *Client, op string, contract market.Address, data []byte, unpack func([]byte) (T, error)) (T, error) {
	var out T
	err := c.do(ctx, op, func(ctx context.Context, eth *ethclient.Client) error {
		answer, err := eth.CallContract(ctx, ethereum.CallMsg{To: &contract, Data: data}, nil)
		if err != nil {
			return err
		}
		if len(answer) == 0 {
			return &market.Error{Code: market.Unavailable, Reason: "NO_CONTRACT", Message: fmt.Sprintf("no contract at %s", contract)}
		}
		out, err = unpack(answer)
		return err
	})
	return out, asRevert(err)
}

// call runs a call without sending it, at a block or at the newest for nil.
func (c *Client) call(ctx context.Context, op string, from market.Address, call Call, block *big.Int) ([]byte, error) {
	var answer []byte
	err := c.do(ctx, op, func(ctx context.Context, eth *ethclient.Client) (err error) {
		answer, err = eth.CallContract(ctx, ethereum.CallMsg{From: from, To: &call.To, Data: call.Data, Value: call.Value.Big(), Gas: call.Gas}, block)
		return err
	})
	return answer, err
}

// batchSize is how many calls travel together: servers commonly refuse more than
// 100, and their answers must stay below maxAnswer.
const batchSize = 50

// batch runs many calls in few requests. Each element carries its own error; the
// error returned is of the requests themselves.
func (c *Client) batch(ctx context.Context, op string, elems []rpc.BatchElem) error {
	for len(elems) > 0 {
		chunk := elems[:min(batchSize, len(elems))]
		elems = elems[len(chunk):]
		err := c.do(ctx, op, func(ctx context.Context, eth *ethclient.Client) error {
			for i := range chunk {
				chunk[i].Error = nil // of a server that was asked before
			}
			return eth.Client().BatchCallContext(ctx, chunk)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
