package p2p_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/market"
	"privd/market/delivery"
	"privd/market/seal"
	"privd/p2p"
	"privd/p2p/p2ptest"
)

// fakeSeller answers with what the test says.
type fakeSeller struct {
	seal   func(context.Context, delivery.SealRequest) (delivery.Sealed, error)
	opener func(context.Context, delivery.OpenerRequest) (seal.Key, error)
	note   func(context.Context, delivery.Receipt) error
}

func (f fakeSeller) Seal(ctx context.Context, r delivery.SealRequest) (delivery.Sealed, error) {
	return f.seal(ctx, r)
}
func (f fakeSeller) Opener(ctx context.Context, r delivery.OpenerRequest) (seal.Key, error) {
	return f.opener(ctx, r)
}
func (f fakeSeller) Note(ctx context.Context, r delivery.Receipt) error { return f.note(ctx, r) }

func selling(s delivery.Seller) p2ptest.Option {
	return func(_ *p2p.Config, d *p2p.Deps) { d.Seller = s }
}

func pair(t *testing.T, options ...p2ptest.Option) (server, client *p2ptest.Node) {
	t.Helper()
	server = p2ptest.Start(t, options...)
	client = p2ptest.Start(t, p2ptest.Bootstrap(server))
	client.WaitJoined(server)
	return server, client
}

func sealRequest(t *testing.T) delivery.SealRequest {
	t.Helper()
	a := p2ptest.NewSeller(t).Announce(1, 3, 0)
	return delivery.SealRequest{Order: a.Order, OrderSignature: a.Signature, Recipient: strings.Repeat("r", delivery.MaxRecipient),
		Terms: seal.Terms{Buyer: market.Address{1}, Delegate: market.Address{2}, Recipient: market.Hash{3}, AccessDays: 30, DeliveryWindow: 3600, PayBy: 1 << 39, Salt: market.Hash{4}}}
}

func TestDeliveryCarriesRequestsAndAnswers(t *testing.T) {
	t.Parallel()
	want := sealRequest(t)
	sealed := delivery.Sealed{SealedHash: market.Hash{5}, Lock: market.Hash{6}, SealedKey: []byte(strings.Repeat("c", delivery.MaxSealedKey)), Signature: seal.Sig{7}}
	open := delivery.OpenerRequest{Purchase: market.Hash{8}, Signature: seal.Sig{9}}
	receipt := delivery.Receipt{Purchase: market.Hash{8}, OpenedAt: 1_800_000_000, Signature: seal.Sig{10}}
	server, client := pair(t, selling(fakeSeller{
		seal: func(_ context.Context, r delivery.SealRequest) (delivery.Sealed, error) {
			if r != want {
				return delivery.Sealed{}, errors.New("another request")
			}
			return sealed, nil
		},
		opener: func(_ context.Context, r delivery.OpenerRequest) (seal.Key, error) {
			if r != open {
				return seal.Key{}, errors.New("another request")
			}
			return seal.Key{11}, nil
		},
		note: func(_ context.Context, r delivery.Receipt) error {
			if r != receipt {
				return errors.New("another request")
			}
			return nil
		},
	}))
	for name, s := range map[string]delivery.Seller{"from afar": client.Seller([]string{server.ID()}), "in process": server.Seller([]string{server.ID()})} {
		got, err := s.Seal(t.Context(), want)
		require.NoError(t, err, name)
		require.Equal(t, sealed, got, name)
		k, err := s.Opener(t.Context(), open)
		require.NoError(t, err, name)
		require.Equal(t, seal.Key{11}, k, name)
		require.NoError(t, s.Note(t.Context(), receipt), name)
	}
}

func TestDeliveryCarriesRefusals(t *testing.T) {
	t.Parallel()
	order := p2ptest.NewSeller(t).Announce(1, 9, 0)
	for name, c := range map[string]struct {
		err  error
		want delivery.Refusal
	}{
		"plain":         {&delivery.Refusal{Code: delivery.BadTerms}, delivery.Refusal{Code: delivery.BadTerms}},
		"rounded up":    {&delivery.Refusal{Code: delivery.TooLate, RetryAfter: 1500 * time.Millisecond}, delivery.Refusal{Code: delivery.TooLate, RetryAfter: 2 * time.Second}},
		"not confirmed": {&delivery.Refusal{Code: delivery.NotConfirmed, RetryAfter: 3 * time.Second, Confirmations: 7}, delivery.Refusal{Code: delivery.NotConfirmed, RetryAfter: 3 * time.Second, Confirmations: 7}},
		"new version": {&delivery.Refusal{Code: delivery.NewVersion, Order: &order.Order, OrderSignature: order.Signature},
			delivery.Refusal{Code: delivery.NewVersion, Order: &order.Order, OrderSignature: order.Signature}},
		"internal": {errors.New("disk is full"), delivery.Refusal{Code: delivery.Busy, RetryAfter: 30 * time.Second}},
		"expired":  {market.ErrExpired, delivery.Refusal{Code: delivery.Expired}},
		"unknown":  {market.ErrNotFound, delivery.Refusal{Code: delivery.UnknownOrder}},
		"invalid":  {market.ErrInvalid, delivery.Refusal{Code: delivery.Refused}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, client := pair(t, selling(fakeSeller{opener: func(context.Context, delivery.OpenerRequest) (seal.Key, error) { return seal.Key{}, c.err }}))
			_, err := client.Seller([]string{server.ID()}).Opener(t.Context(), delivery.OpenerRequest{})
			require.Equal(t, &c.want, delivery.RefusalOf(err))
		})
	}
}

// A node that is busy, unknown or away is passed over; one that says no for good is
// believed.
func TestSellerTriesItsNodesInOrder(t *testing.T) {
	t.Parallel()
	refusing := func(code delivery.RefusalCode) p2ptest.Option {
		return selling(fakeSeller{note: func(context.Context, delivery.Receipt) error { return &delivery.Refusal{Code: code} }})
	}
	var mu sync.Mutex
	noted := 0
	good := p2ptest.Start(t, selling(fakeSeller{note: func(context.Context, delivery.Receipt) error {
		mu.Lock()
		defer mu.Unlock()
		noted++
		return nil
	}}))
	busy, final := p2ptest.Start(t, refusing(delivery.Busy)), p2ptest.Start(t, refusing(delivery.Erased))
	gone := p2ptest.Start(t)
	client := p2ptest.Start(t, p2ptest.Bootstrap(good, busy, final, gone))
	for _, n := range []*p2ptest.Node{good, busy, final, gone} {
		client.WaitJoined(n)
	}
	gone.Stop()
	note := func(nodes ...*p2ptest.Node) error {
		var ids []string
		for _, n := range nodes {
			ids = append(ids, n.ID())
		}
		return client.Seller(ids).Note(t.Context(), delivery.Receipt{})
	}
	require.NoError(t, note(gone, busy, good))
	require.Equal(t, delivery.Erased, delivery.RefusalOf(note(final, good)).Code)
	require.Equal(t, delivery.Busy, delivery.RefusalOf(note(busy, gone)).Code)
	mu.Lock()
	require.Equal(t, 1, noted)
	mu.Unlock()
	err := note(gone)
	require.ErrorIs(t, err, market.ErrUnavailable)
	require.ErrorContains(t, err, "seller offline")
	require.ErrorIs(t, client.Seller([]string{"nonsense"}).Note(t.Context(), delivery.Receipt{}), market.ErrUnavailable)
}

// Seals are limited to a few per peer and minute, other requests less so.
func TestDeliveryLimitsRates(t *testing.T) {
	t.Parallel()
	server, client := pair(t, func(c *p2p.Config, d *p2p.Deps) {
		c.Limits.SealPerPeer = p2p.Rate{PerMinute: 1, Burst: 2}
		d.Seller = fakeSeller{
			seal: func(context.Context, delivery.SealRequest) (delivery.Sealed, error) { return delivery.Sealed{}, nil },
			note: func(context.Context, delivery.Receipt) error { return nil },
		}
	})
	seller := client.Seller([]string{server.ID()})
	q := sealRequest(t)
	for range 2 {
		_, err := seller.Seal(t.Context(), q)
		require.NoError(t, err)
	}
	_, err := seller.Seal(t.Context(), q)
	r := delivery.RefusalOf(err)
	require.NotNil(t, r, err)
	require.Equal(t, delivery.Busy, r.Code)
	require.Greater(t, r.RetryAfter, 30*time.Second)
	require.LessOrEqual(t, r.RetryAfter, time.Minute)
	require.NoError(t, seller.Note(t.Context(), delivery.Receipt{}))
}

func hanging(timeout time.Duration) p2ptest.Option {
	return func(c *p2p.Config, d *p2p.Deps) {
		c.StreamTimeout = timeout
		d.Seller = fakeSeller{note: func(ctx context.Context, _ delivery.Receipt) error {
			<-ctx.Done() // the server's own deadline reaches the use case
			return ctx.Err()
		}}
	}
}

// A seller's node that takes too long is given up within the stream timeout.
func TestDeliveryEndsWithItsDeadline(t *testing.T) {
	t.Parallel()
	server, client := pair(t, hanging(time.Second))
	start := time.Now()
	require.Error(t, client.Seller([]string{server.ID()}).Note(t.Context(), delivery.Receipt{})) // busy, or cut off
	require.Less(t, time.Since(start), p2ptest.Config().StreamTimeout)
}

// A client that does not want to wait any longer does not.
func TestDeliveryEndsWithItsContext(t *testing.T) {
	t.Parallel()
	server, client := pair(t, hanging(time.Minute))
	for _, end := range []func(context.Context) (context.Context, context.CancelFunc){
		func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 100*time.Millisecond)
		},
		func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(100*time.Millisecond, cancel)
			return ctx, cancel
		},
	} {
		ctx, cancel := end(t.Context())
		start := time.Now()
		require.ErrorIs(t, client.Seller([]string{server.ID()}).Note(ctx, delivery.Receipt{}), market.ErrUnavailable)
		require.Less(t, time.Since(start), p2ptest.Config().StreamTimeout)
		cancel()
	}
}
