package chain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"sync"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"

	"privd/market"
)

// maxAnswer bounds one answer of the RPC server, in bytes.
const maxAnswer = 64 << 20

// Client talks to the RPC server. It dials on first use, so a node starts while
// the server is down, and checks the chain id before anything else is believed.
// A server that cannot be reached gives Unavailable; every call is bounded by the
// configured timeout. Safe for concurrent use; the owner calls Close.
type Client struct {
	cfg  Config
	http *http.Transport

	mu       sync.Mutex
	eth      *ethclient.Client
	verified bool // the chain id was right since the last failure
	closed   bool
}

// NewClient returns a client for a valid configuration. It does not dial.
func NewClient(cfg Config) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("chain config: %w", err)
	}
	return &Client{cfg: cfg, http: http.DefaultTransport.(*http.Transport).Clone()}, nil
}

// Config returns the configuration.
func (c *Client) Config() Config { return c.cfg }

// Close ends the connection. Calls under way fail.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.eth != nil {
		c.eth.Close()
		c.eth = nil
	}
	c.http.CloseIdleConnections()
	return nil
}

// do runs fn with a connection to the right chain, within the timeout, and
// translates what goes wrong.
func (c *Client) do(ctx context.Context, op string, fn func(context.Context, *ethclient.Client) error) error {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	eth, err := c.connect(ctx)
	if err == nil {
		err = fn(ctx, eth)
	}
	if err == nil {
		return nil
	}
	err = translate(op, err)
	if market.CodeOf(err) == market.Unavailable {
		// After an outage another chain may answer at the same address.
		c.mu.Lock()
		c.verified = false
		c.mu.Unlock()
	}
	return err
}

// connect returns the connection, dialling and verifying it when needed.
func (c *Client) connect(ctx context.Context) (*ethclient.Client, error) {
	eth, verified, err := c.dialled(ctx)
	if err != nil || verified {
		return eth, err
	}
	id, err := eth.ChainID(ctx)
	if err != nil {
		return nil, err
	}
	if !id.IsUint64() || id.Uint64() != c.cfg.ChainID {
		return nil, &market.Error{Code: market.Unavailable, Reason: "WRONG_CHAIN",
			Message: fmt.Sprintf("the RPC server is on chain %s, this node on chain %d", id, c.cfg.ChainID)}
	}
	c.mu.Lock()
	c.verified = true
	c.mu.Unlock()
	return eth, nil
}

func (c *Client) dialled(ctx context.Context) (eth *ethclient.Client, verified bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, false, errors.New("client is closed")
	}
	if c.eth == nil {
		conn, err := rpc.DialOptions(ctx, c.cfg.RPC,
			rpc.WithHTTPClient(&http.Client{Transport: boundedTransport{c.http}}),
			rpc.WithWebsocketMessageSizeLimit(maxAnswer))
		if err != nil {
			return nil, false, err
		}
		c.eth = ethclient.NewClient(conn)
	}
	return c.eth, c.verified, nil
}

// boundedTransport cuts answers off at maxAnswer: the server is not trusted with
// the node's memory.
type boundedTransport struct{ http.RoundTripper }

func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	}
	return resp, err
}

// translate turns what an RPC call returned into the node's errors. An answer of
// the server (a revert, a refusal, "not found") is passed on as it is; everything
// else means that the server did not answer properly.
func translate(op string, err error) error {
	var refusal rpc.Error
	var known *market.Error
	switch {
	case errors.As(err, &known):
		if known.Op == "" {
			return &market.Error{Op: op, Code: known.Code, Reason: known.Reason, Field: known.Field, Message: known.Message, Err: known.Err}
		}
		return err
	case errors.As(err, &refusal), errors.Is(err, ethereum.NotFound), errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", op, err)
	case errors.Is(err, context.DeadlineExceeded):
		return &market.Error{Op: op, Code: market.Unavailable, Message: "the RPC server does not answer in time", Err: context.DeadlineExceeded}
	}
	return &market.Error{Op: op, Code: market.Unavailable, Message: "the RPC server does not answer properly", Err: withoutURL(err)}
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
		return err
	})
	if err != nil {
		return nil, err
	}
	if header.Number == nil || !header.Number.IsUint64() || (number != nil && header.Number.Cmp(number) != 0) {
		return nil, lie("read block header", "asked for block %v, got %v", number, header.Number)
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
			return eth.Client().BatchCallContext(ctx, chunk)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
