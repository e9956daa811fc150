package wire_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	"privd/market"
	"privd/market/delivery"
	"privd/market/listing"
	"privd/market/rating"
	"privd/market/report"
	"privd/market/seal"
	"privd/p2p/wire"
)

func hash(b byte) (h market.Hash) {
	for i := range h {
		h[i] = b
	}
	return h
}

func sig(b byte) (s seal.Sig) {
	for i := range s {
		s[i] = b
	}
	return s
}

var order = seal.Order{Seller: market.Address{1}, Sealer: market.Address{2}, Listing: hash(3), Manifest: hash(4), KeyCommitment: hash(5),
	Price: market.Wei(6e18), Version: 7, Expiry: 1_900_000_000}

var terms = seal.Terms{Buyer: market.Address{1}, Delegate: market.Address{2}, Recipient: hash(3), AccessDays: 30, DeliveryWindow: 86400, PayBy: 1_900_000_000, Salt: hash(9)}

func notices() map[string]wire.Notice {
	return map[string]wire.Notice{
		"announcement":   {Announcement: &listing.Announcement{Order: order, Signature: sig(1)}},
		"with manifest":  {Announcement: &listing.Announcement{Order: order, Signature: sig(1), Manifest: bytes.Repeat([]byte{9}, listing.MaxInline)}},
		"zero order":     {Announcement: &listing.Announcement{}},
		"withdrawal":     {Withdrawal: &listing.Withdrawal{Seller: market.Address{1}, Listing: hash(2), Version: 3, Signature: sig(4)}},
		"version 2^64-1": {Withdrawal: &listing.Withdrawal{Version: 1<<64 - 1}},
		"rating":         {Rating: &rating.Signed{Purchase: hash(1), Stars: 5, Comment: "fine\u0000\n", Signature: sig(2)}},
		"report":         {Report: &report.Signed{Order: order, OrderSignature: sig(1), Purchase: market.Hash{7}, Entry: 3, FileKey: seal.FileKey{8}, Signature: sig(2)}},
		"erasure": {Erasure: &listing.Erasure{Order: order, OrderSignature: sig(1), Listing: "listing_1", At: 1_900_000_000, Signature: sig(2),
			Content: cid.MustParse("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy")}},
		"long comment": {Rating: &rating.Signed{Purchase: hash(1), Stars: 1, Comment: strings.Repeat("\U0001F600", rating.MaxComment), Signature: sig(2)}},
	}
}

func requests() map[string]wire.DeliveryRequest {
	return map[string]wire.DeliveryRequest{
		"seal":    {Seal: &delivery.SealRequest{Order: order, OrderSignature: sig(1), Terms: terms, Recipient: strings.Repeat("a", delivery.MaxRecipient)}},
		"opener":  {Opener: &delivery.OpenerRequest{Purchase: hash(1), Signature: sig(2)}},
		"receipt": {Receipt: &delivery.Receipt{Purchase: hash(1), OpenedAt: 5, Signature: sig(2)}},
	}
}

func answers() map[string]wire.DeliveryAnswer {
	k := seal.Key(hash(7))
	return map[string]wire.DeliveryAnswer{
		"sealed":        {Sealed: &delivery.Sealed{SealedHash: hash(1), Lock: hash(2), SealedKey: bytes.Repeat([]byte{3}, delivery.MaxSealedKey), Signature: sig(4)}},
		"opener":        {Opener: &k},
		"noted":         {Noted: true},
		"refusal":       {Refusal: &delivery.Refusal{Code: delivery.Busy, RetryAfter: 7 * time.Second}},
		"plain refusal": {Refusal: &delivery.Refusal{}},
		"new version":   {Refusal: &delivery.Refusal{Code: delivery.NewVersion, Order: &order, OrderSignature: sig(1)}},
		"not yet":       {Refusal: &delivery.Refusal{Code: delivery.NotConfirmed, RetryAfter: time.Second, Confirmations: 9}},
	}
}

func items() map[string]wire.OffersItem {
	out := map[string]wire.OffersItem{"end": {}, "more": {More: true}}
	for name, n := range notices() {
		out[name] = wire.OffersItem{Notice: &n}
	}
	return out
}

// A report fits into a kilobyte, evidence included.
func TestReportIsSmall(t *testing.T) {
	t.Parallel()
	b, err := wire.EncodeNotice(notices()["report"])
	require.NoError(t, err)
	require.Less(t, len(b), 1<<10)
}

// Each message survives the trip, within its size.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	for name, n := range notices() {
		b, err := wire.EncodeNotice(n)
		require.NoError(t, err, name)
		require.LessOrEqual(t, len(b), wire.MaxNotice, name)
		got, err := wire.DecodeNotice(b)
		require.NoError(t, err, name)
		require.Equal(t, n, got, name)
	}
	for name, q := range requests() {
		b, err := wire.EncodeDeliveryRequest(q)
		require.NoError(t, err, name)
		got, err := wire.DecodeDeliveryRequest(b)
		require.NoError(t, err, name)
		require.Equal(t, q, got, name)
	}
	for name, a := range answers() {
		b, err := wire.EncodeDeliveryAnswer(a)
		require.NoError(t, err, name)
		require.LessOrEqual(t, len(b), wire.MaxDeliveryAnswer, name)
		got, err := wire.DecodeDeliveryAnswer(b)
		require.NoError(t, err, name)
		require.Equal(t, a, got, name)
	}
	for name, item := range items() {
		b, err := wire.EncodeOffersItem(item)
		require.NoError(t, err, name)
		got, err := wire.DecodeOffersItem(b)
		require.NoError(t, err, name)
		require.Equal(t, item, got, name)
	}
	for _, after := range []market.Hash{{}, hash(1)} {
		got, err := wire.DecodeOffersRequest(wire.EncodeOffersRequest(after))
		require.NoError(t, err)
		require.Equal(t, after, got)
	}
	ids := [][]byte{{1}, {2, 3}}
	got, err := wire.DecodePeersRequest(wire.EncodePeersRequest(ids))
	require.NoError(t, err)
	require.Equal(t, ids, got)
	got, err = wire.DecodePeersAnswer(wire.EncodePeersAnswer(ids))
	require.NoError(t, err)
	require.Equal(t, ids, got)
}

// An answer keeps its bounds whatever it is asked to carry.
func TestPeersAnswerIsBounded(t *testing.T) {
	t.Parallel()
	var records [][]byte
	for range 200 {
		records = append(records, make([]byte, 4000))
	}
	b := wire.EncodePeersAnswer(records)
	require.LessOrEqual(t, len(b), wire.MaxPeersAnswer)
	got, err := wire.DecodePeersAnswer(b)
	require.NoError(t, err)
	require.NotEmpty(t, got)
	require.Len(t, must(wire.DecodePeersRequest(wire.EncodePeersRequest(records[:0]))), 0)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// What is not the one encoding of a notice is refused.
func TestDecodersAreStrict(t *testing.T) {
	t.Parallel()
	good, err := wire.EncodeNotice(notices()["announcement"])
	require.NoError(t, err)
	withdrawal, err := wire.EncodeNotice(notices()["withdrawal"])
	require.NoError(t, err)
	inner, n := protowire.ConsumeBytes(good[1:])
	require.Positive(t, n)
	wrap := func(inner []byte) []byte { return protowire.AppendBytes([]byte{0x0a}, inner) }
	unknown := protowire.AppendVarint(protowire.AppendTag(nil, 99, protowire.VarintType), 1)
	padded := append([]byte{0x0a, byte(len(inner)) | 0x80, byte(len(inner)>>7) | 0x80, 0}, inner...)
	short := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), make([]byte, 19))
	for name, b := range map[string][]byte{
		"nothing":              {},
		"cut":                  good[:len(good)-1],
		"trailing":             append(bytes.Clone(good), 0),
		"unknown outside":      append(bytes.Clone(good), unknown...),
		"unknown inside":       wrap(append(bytes.Clone(inner), unknown...)),
		"twice":                append(bytes.Clone(good), good...),
		"both bodies":          append(bytes.Clone(good), withdrawal...),
		"padded length":        padded,
		"signature first":      wrap(append(append([]byte{}, tail(inner)...), head(inner)...)),
		"short seller":         wrap(protowire.AppendBytes([]byte{0x0a}, short)),
		"no order":             wrap(tail(inner)),
		"empty announcement":   wrap(nil),
		"oversized":            make([]byte, wire.MaxNotice+1),
		"price with zeros":     withPrice(inner, []byte{0, 1}),
		"price above 128 bits": withPrice(inner, bytes.Repeat([]byte{1}, 17)),
		"oversized manifest":   wrap(append(bytes.Clone(inner), protowire.AppendBytes([]byte{0x1a}, make([]byte, listing.MaxInline+1))...)),
	} {
		_, err := wire.DecodeNotice(b)
		require.ErrorIs(t, err, wire.ErrMalformed, name)
	}
}

// head and tail split an announcement's fields after the order.
func head(b []byte) []byte { _, _, n := protowire.ConsumeField(b); return b[:n] }
func tail(b []byte) []byte { return b[len(head(b)):] }

func withPrice(announcement, price []byte) []byte {
	orderBytes, _ := protowire.ConsumeBytes(head(announcement)[1:])
	var out []byte
	for len(orderBytes) > 0 {
		num, _, n := protowire.ConsumeField(orderBytes)
		if num == 6 {
			out = protowire.AppendBytes(protowire.AppendTag(out, 6, protowire.BytesType), price)
		} else {
			out = append(out, orderBytes[:n]...)
		}
		orderBytes = orderBytes[n:]
	}
	a := append(protowire.AppendBytes([]byte{0x0a}, out), tail(announcement)...)
	return protowire.AppendBytes([]byte{0x0a}, a)
}

func TestEncodersRefuse(t *testing.T) {
	t.Parallel()
	_, err := wire.EncodeNotice(wire.Notice{})
	require.Error(t, err)
	_, err = wire.EncodeNotice(wire.Notice{Announcement: &listing.Announcement{Manifest: make([]byte, listing.MaxInline+1)}})
	require.ErrorIs(t, err, market.ErrTooLarge)
	_, err = wire.EncodeDeliveryRequest(wire.DeliveryRequest{})
	require.Error(t, err)
	_, err = wire.EncodeDeliveryRequest(wire.DeliveryRequest{Seal: &delivery.SealRequest{Recipient: "\xff"}})
	require.Error(t, err)
	_, err = wire.EncodeDeliveryRequest(wire.DeliveryRequest{Seal: &delivery.SealRequest{Recipient: strings.Repeat("a", wire.MaxDeliveryRequest)}})
	require.Error(t, err)
	_, err = wire.EncodeDeliveryAnswer(wire.DeliveryAnswer{})
	require.Error(t, err)
	_, err = wire.EncodeDeliveryAnswer(wire.DeliveryAnswer{Sealed: &delivery.Sealed{SealedKey: make([]byte, delivery.MaxSealedKey+1)}})
	require.Error(t, err)
}

// A refusal of a later version is a plain no, and a wait of years is one of a day.
func TestRefusalsOfOtherVersions(t *testing.T) {
	t.Parallel()
	m := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 77)
	m = protowire.AppendVarint(protowire.AppendTag(m, 2, protowire.VarintType), 1<<32-1)
	a, err := wire.DecodeDeliveryAnswer(protowire.AppendBytes(protowire.AppendTag(nil, 4, protowire.BytesType), m))
	require.NoError(t, err)
	require.Equal(t, &delivery.Refusal{Code: delivery.Refused, RetryAfter: 24 * time.Hour}, a.Refusal)
}

func TestFrames(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	for _, size := range []int{0, 1, 127, 128, 20_000} {
		require.NoError(t, wire.WriteFrame(&buf, make([]byte, size)))
	}
	r := bufio.NewReader(&buf)
	for _, size := range []int{0, 1, 127, 128, 20_000} {
		b, err := wire.ReadFrame(r, 20_000)
		require.NoError(t, err)
		require.Len(t, b, size)
	}
	_, err := wire.ReadFrame(r, 1)
	require.ErrorIs(t, err, io.EOF)
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"above the limit": {[]byte{101}, wire.ErrMalformed},
		"overflow":        {bytes.Repeat([]byte{0xff}, 12), wire.ErrMalformed},
		"padded":          {[]byte{0x81, 0x00, 1}, wire.ErrMalformed},
		"cut length":      {[]byte{0x81}, io.ErrUnexpectedEOF},
		"cut body":        {[]byte{5, 1, 2}, io.ErrUnexpectedEOF},
		"no body":         {[]byte{5}, io.ErrUnexpectedEOF},
	} {
		_, err := wire.ReadFrame(bufio.NewReader(bytes.NewReader(c.raw)), 100)
		require.ErrorIs(t, err, c.want, name)
	}
}

// fuzz checks a decoder: no panic, failures are ErrMalformed, and what it accepts
// encodes to the same bytes.
func fuzz[T any](f *testing.F, decode func([]byte) (T, error), encode func(T) ([]byte, error)) {
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := decode(b)
		if err != nil {
			if !errors.Is(err, wire.ErrMalformed) {
				t.Fatalf("error %v is not ErrMalformed", err)
			}
			return
		}
		again, err := encode(v)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("decoded %x, which encodes to %x (%v)", b, again, err)
		}
	})
}

func FuzzDecodeNotice(f *testing.F) {
	for _, n := range notices() {
		f.Add(must(wire.EncodeNotice(n)))
	}
	fuzz(f, wire.DecodeNotice, wire.EncodeNotice)
}

func FuzzDecodeDeliveryRequest(f *testing.F) {
	for _, q := range requests() {
		f.Add(must(wire.EncodeDeliveryRequest(q)))
	}
	fuzz(f, wire.DecodeDeliveryRequest, wire.EncodeDeliveryRequest)
}

// Refusals are read leniently, so only that they are read is checked.
func FuzzDecodeDeliveryAnswer(f *testing.F) {
	for _, a := range answers() {
		f.Add(must(wire.EncodeDeliveryAnswer(a)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := wire.DecodeDeliveryAnswer(b)
		if err != nil {
			if !errors.Is(err, wire.ErrMalformed) {
				t.Fatalf("error %v is not ErrMalformed", err)
			}
			return
		}
		again, err := wire.EncodeDeliveryAnswer(a)
		if err != nil || (a.Refusal == nil && !bytes.Equal(again, b)) {
			t.Fatalf("decoded %x, which encodes to %x (%v)", b, again, err)
		}
	})
}

func FuzzDecodeOffersItem(f *testing.F) {
	for _, item := range items() {
		f.Add(must(wire.EncodeOffersItem(item)))
	}
	fuzz(f, wire.DecodeOffersItem, wire.EncodeOffersItem)
}

func FuzzDecodeOffersRequest(f *testing.F) {
	f.Add(wire.EncodeOffersRequest(market.Hash{}))
	f.Add(wire.EncodeOffersRequest(hash(1)))
	fuzz(f, wire.DecodeOffersRequest, func(h market.Hash) ([]byte, error) { return wire.EncodeOffersRequest(h), nil })
}

func FuzzDecodePeersRequest(f *testing.F) {
	f.Add(wire.EncodePeersRequest([][]byte{{1}, {2, 3}}))
	fuzz(f, wire.DecodePeersRequest, func(ids [][]byte) ([]byte, error) { return wire.EncodePeersRequest(ids), nil })
}

// An answer may carry more bytes than an encoder would put into one.
func FuzzDecodePeersAnswer(f *testing.F) {
	f.Add(wire.EncodePeersAnswer([][]byte{{1}, {2, 3}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		records, err := wire.DecodePeersAnswer(b)
		if err != nil && !errors.Is(err, wire.ErrMalformed) {
			t.Fatalf("error %v is not ErrMalformed", err)
		}
		if err == nil && len(records) > wire.MaxPeersRecords {
			t.Fatalf("%d records", len(records))
		}
	})
}

func FuzzReadFrame(f *testing.F) {
	f.Add([]byte{3, 1, 2, 3})
	f.Add(binary.AppendUvarint(nil, 1<<60))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := wire.ReadFrame(bufio.NewReader(bytes.NewReader(b)), 1000)
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := wire.WriteFrame(&again, got); err != nil || !bytes.HasPrefix(b, again.Bytes()) {
			t.Fatalf("read %x from %x", got, b)
		}
	})
}
