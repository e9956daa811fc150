package catalog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/fxamacker/cbor/v2"

	"privd/market"
	"privd/market/listing"
)

// Card is what the catalog keeps of an offer: of an Entry all but its standing, in
// few bytes. It is stored beside the offer, because to read a million manifests
// would take minutes at each start.
type Card []byte

// CardOf returns the card of a checked offer.
func CardOf(o listing.Offer) (Card, error) {
	var m summary
	err := summaries.Unmarshal(o.Manifest, &m)
	if err != nil {
		return nil, fmt.Errorf("read manifest of listing %s: %w", o.ID, err)
	}
	e := Entry{
		ID: o.ID, Seller: o.Order.Seller, SellerID: market.UserID(m.SellerID), SellerName: m.DisplayName, MemberSince: m.MemberSince,
		Title: m.Title, Description: m.Description, Category: listing.Category(m.Category), DataType: m.DataType, Tags: m.Tags,
		Price: o.Order.Price, Files: len(m.Entries), CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt,
		Dataset: market.DatasetID(m.DatasetID), Records: m.TotalRecords,
	}
	for i, f := range m.Entries {
		e.TotalSize += f.Size
		// Of a dataset nothing but the names of its columns is shown.
		if i < maxSamples && f.Kind != listing.KindDataset {
			e.Samples = append(e.Samples, Sample{Contribution: f.Contribution, Kind: f.Kind})
		}
	}
	for _, c := range m.Columns {
		e.Columns = append(e.Columns, c.Name)
	}
	if m.X402 != nil {
		if e.PriceUSDC, err = market.ParseUnits(m.X402.Price, 0); err != nil {
			return nil, fmt.Errorf("read manifest of listing %s: %w", o.ID, err)
		}
		e.PayURL = m.X402.URL
	}
	return e.card(), nil
}

// maxSamples is how many files of a listing a page shows.
const maxSamples = 3

// summary is the part of a manifest that a card shows. What is offered was decoded
// and checked in full before it was stored; to do that again here would take ten
// times as long.
type summary struct {
	SellerID, DisplayName, Title, Description, Category, DataType, DatasetID string
	MemberSince, CreatedAt, UpdatedAt, TotalRecords                          int64
	Tags                                                                     []string
	Entries                                                                  []struct {
		Contribution, Kind string
		Size               int64
	}
	Columns []struct{ Name string }
	X402    *struct{ URL, Price string }
}

var summaries = func() cbor.DecMode {
	mode, err := cbor.DecOptions{FieldNameMatching: cbor.FieldNameMatchingCaseSensitive, MaxNestedLevels: 16}.DecMode()
	if err != nil {
		panic("catalog: decoder options: " + err.Error())
	}
	return mode
}()

// card is the inverse of Card.read.
func (e *Entry) card() Card {
	price, err := e.Price.MarshalBinary()
	if err != nil {
		panic("catalog: an amount always encodes: " + err.Error())
	}
	w := writer{make([]byte, 0, 256+len(e.Title)+len(e.Description))}
	w.b = append(w.b, cardForm|plain(e))
	w.text(string(e.ID))
	w.text(string(price))
	w.b = append(w.b, e.Seller[:]...)
	w.text(string(e.Category))
	w.text(e.DataType)
	w.number(e.CreatedAt)
	w.number(e.UpdatedAt)
	w.text(string(e.SellerID))
	w.text(e.SellerName)
	w.number(e.MemberSince)
	w.number(int64(e.Files))
	w.number(e.TotalSize)
	w.text(e.Title)
	w.text(e.Description)
	w.texts(e.Tags)
	w.number(int64(len(e.Samples)))
	for _, s := range e.Samples {
		w.text(s.Contribution)
		w.text(s.Kind)
	}
	w.text(string(e.Dataset))
	w.number(e.Records)
	w.texts(e.Columns)
	w.text(e.PayURL)
	if e.PayURL != "" {
		w.text(e.PriceUSDC.String())
	}
	return w.b
}

// readHead sets what the orders and the filters of the catalog ask for.
func (e *Entry) readHead(r *reader) {
	switch r.take(1) {
	case string(rune(cardForm)):
	case string(rune(cardForm | isPlain)):
		e.Plain = true
	default:
		r.failed = true
	}
	e.ID = market.ListingID(r.text())
	if e.Price.UnmarshalBinary([]byte(r.text())) != nil {
		r.failed = true
	}
	copy(e.Seller[:], r.take(len(e.Seller)))
	e.Category = listing.Category(r.text())
	e.DataType = r.text()
	e.CreatedAt = r.number()
}

// read sets everything but the standing. The texts of the entry share the memory of
// the card.
func (e *Entry) read(card string) error {
	r := &reader{rest: card}
	e.readHead(r)
	e.UpdatedAt = r.number()
	e.SellerID = market.UserID(r.text())
	e.SellerName = r.text()
	e.MemberSince = r.number()
	e.Files = int(r.number())
	e.TotalSize = r.number()
	e.Title = r.text()
	e.Description = r.text()
	e.Tags = r.texts()
	e.Samples = nil
	if n := r.count(); n > 0 {
		e.Samples = make([]Sample, n)
		for i := range e.Samples {
			e.Samples[i] = Sample{Contribution: r.text(), Kind: r.text()}
		}
	}
	e.Dataset = market.DatasetID(r.text())
	e.Records = r.number()
	e.Columns = r.texts()
	e.PriceUSDC = market.Amount{}
	if e.PayURL = r.text(); e.PayURL != "" {
		var err error
		if e.PriceUSDC, err = market.ParseUnits(r.text(), 0); err != nil {
			r.failed = true
		}
	}
	if r.failed || r.rest != "" {
		return errCard
	}
	return nil
}

// The first byte of a card. The form changes with the fields; cards of another form
// are made anew.
const (
	cardForm = 0x20
	isPlain  = 0x01
)

// plain returns isPlain when every text of the entry is as Entry.Plain says.
func plain(e *Entry) byte {
	texts := []string{string(e.ID), string(e.SellerID), e.SellerName, e.Title, e.Description, string(e.Category), e.DataType, string(e.Dataset), e.PayURL}
	texts = append(append(texts, e.Tags...), e.Columns...)
	for _, s := range e.Samples {
		texts = append(texts, s.Contribution, s.Kind)
	}
	for _, t := range texts {
		for i := range len(t) {
			if c := t[i]; c < ' ' || c > '~' || strings.IndexByte(`"\<>&`, c) >= 0 {
				return 0
			}
		}
	}
	return isPlain
}

var errCard = errors.New("a listing's card is damaged")

type writer struct{ b []byte }

func (w *writer) number(n int64) { w.b = binary.AppendVarint(w.b, n) }

func (w *writer) text(s string) { w.b = append(binary.AppendUvarint(w.b, uint64(len(s))), s...) }

func (w *writer) texts(list []string) {
	w.number(int64(len(list)))
	for _, s := range list {
		w.text(s)
	}
}

// reader reads a card; failed tells at the end that it was none.
type reader struct {
	rest   string
	failed bool
}

func (r *reader) take(n int) string {
	if n < 0 || n > len(r.rest) {
		r.failed, r.rest, n = true, "", 0
		return ""
	}
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}

func (r *reader) unsigned() uint64 {
	var n uint64
	for shift := uint(0); shift < 64; shift += 7 {
		b := r.take(1)
		if b == "" {
			return 0
		}
		n |= uint64(b[0]&0x7f) << shift
		if b[0] < 0x80 {
			return n
		}
	}
	r.failed = true
	return 0
}

func (r *reader) number() int64 {
	n := r.unsigned()
	return int64(n>>1) ^ -int64(n&1)
}

func (r *reader) text() string {
	n := r.unsigned()
	return r.take(int(min(n, uint64(len(r.rest))+1)))
}

// count reads the length of a list. Each thing in it takes a byte at least, so that
// damaged bytes cannot ask for much memory.
func (r *reader) count() int {
	n := r.number()
	if n < 0 || n > int64(len(r.rest)) {
		r.failed = true
		return 0
	}
	return int(n)
}

func (r *reader) texts() []string {
	n := r.count()
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = r.text()
	}
	return list
}
