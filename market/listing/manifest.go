package listing

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ipfs/go-cid"
	"github.com/ipld/go-ipld-prime"
	"github.com/ipld/go-ipld-prime/codec/dagcbor"
	"github.com/ipld/go-ipld-prime/node/bindnode"
	"github.com/ipld/go-ipld-prime/schema"
	"github.com/multiformats/go-multihash"

	"privd/market"
	"privd/market/media"
)

// Manifest is the block that describes what an order sells. It is dag-cbor; the
// order holds its SHA-256, so one signature authenticates everything in it.
type Manifest struct {
	Format       int64 // 1
	Listing      string
	Seller       []byte // wallet address, 20 bytes
	SellerID     string
	DisplayName  string
	MemberSince  int64 // unix milliseconds
	Title        string
	Description  string
	Category     string
	Tags         []string
	Entries      []Entry
	KeyBundle    cid.Cid  // raw block, 16 bytes an entry
	Peers        []string // peer ids of nodes that deliver, in the order to try
	CreatedAt    int64    // unix milliseconds
	UpdatedAt    int64
	DataType     string // data listings: browsing, defi, nft, social, location; else empty
	DatasetID    string
	Columns      []Column
	TotalRecords int64
	X402         *Payable // of a data listing that is sold over x402 too
}

// Entry is one file of a listing.
type Entry struct {
	Contribution string
	Kind         string
	Filename     string
	MIME         string
	Size         int64   // bytes of plaintext
	PayloadSize  int64   // bytes of ciphertext in the DAG
	Root         cid.Cid // of the ciphertext
	SHA256       []byte  // of the plaintext
	FileKeyHash  []byte  // keccak256 of the file key
	AI           bool    // what the owner consented to
	Research     bool
	Commercial   bool
	Preview      *cid.Cid // a small derivative, never the bytes for sale
}

// Column is one column of a data listing.
type Column struct {
	Name string
	Type string
}

// Bounds of a manifest, beyond the size of its block.
const (
	maxEntries  = 4096
	maxTags     = 10
	maxTagText  = 64
	maxTitle    = 100
	maxText     = 2000
	maxFilename = 255
	maxPeers    = 16
	// maxFile bounds one file in bytes, so that no sum over a manifest overflows.
	maxFile = 1 << 50
)

// manifestSchema names the fields as the Go types do.
const manifestSchema = `
type Manifest struct {
	Format Int
	Listing String
	Seller Bytes
	SellerID String
	DisplayName String
	MemberSince Int
	Title String
	Description String
	Category String
	Tags [String]
	Entries [Entry]
	KeyBundle Link
	Peers [String]
	CreatedAt Int
	UpdatedAt Int
	DataType String
	DatasetID String
	Columns [Column]
	TotalRecords Int
	X402 optional Payable
}
type Payable struct {
	URL String
	Price String
}
type Entry struct {
	Contribution String
	Kind String
	Filename String
	MIME String
	Size Int
	PayloadSize Int
	Root Link
	SHA256 Bytes
	FileKeyHash Bytes
	AI Bool
	Research Bool
	Commercial Bool
	Preview nullable Link
}
type Column struct {
	Name String
	Type String
}
`

var manifestType = func() schema.TypedPrototype {
	types, err := ipld.LoadSchemaBytes([]byte(manifestSchema))
	if err != nil {
		panic("listing: manifest schema: " + err.Error())
	}
	return bindnode.Prototype((*Manifest)(nil), types.TypeByName("Manifest"))
}()

// ErrManifest is returned for bytes that are not a manifest.
var ErrManifest = errors.New("not a manifest")

// Encode returns the manifest as its one canonical block.
func (m *Manifest) Encode() ([]byte, error) {
	b, err := ipld.Marshal(dagcbor.Encode, m, manifestType.Type())
	if err != nil {
		return nil, fmt.Errorf("encode manifest: %w", err)
	}
	if len(b) > MaxManifest {
		return nil, market.Fail(market.TooLarge, "the listing has too many files for one manifest")
	}
	return b, nil
}

// DecodeManifest reads a manifest block from a stranger: it checks every bound,
// and that the bytes are the canonical ones.
func DecodeManifest(b []byte) (m *Manifest, err error) {
	if len(b) > MaxManifest {
		return nil, fmt.Errorf("%w: too large", ErrManifest)
	}
	// The decoder is a third party's and walks hostile bytes by reflection.
	defer func() {
		if r := recover(); r != nil {
			m, err = nil, fmt.Errorf("%w: %v", ErrManifest, r)
		}
	}()
	m = new(Manifest)
	decode := dagcbor.DecodeOptions{AllowLinks: true, AllocationBudget: 16 << 20}.Decode
	if _, err := ipld.Unmarshal(b, decode, m, manifestType.Type()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	again, err := m.Encode()
	if err != nil || !bytes.Equal(again, b) {
		return nil, fmt.Errorf("%w: not canonical", ErrManifest)
	}
	return m, m.check()
}

func (m *Manifest) check() error {
	bad := func(what string) error { return fmt.Errorf("%w: %s", ErrManifest, what) }
	switch {
	case m.Format != 1:
		return bad("unknown format")
	case len(m.Seller) != 20:
		return bad("seller")
	case !identifier(m.Listing):
		return bad("listing id")
	case !identifier(m.SellerID), !oneLine(m.DisplayName, 64):
		return bad("seller name")
	case blank(m.Title), !oneLine(m.Title, maxTitle), !shown(m.Description, 0, maxText):
		return bad("title or description")
	case !Category(m.Category).Valid():
		return bad("category")
	case len(m.Tags) > maxTags:
		return bad("tags")
	case len(m.Entries) == 0 || len(m.Entries) > maxEntries:
		return bad("entries")
	case !m.KeyBundle.Defined() || m.KeyBundle.Prefix().Codec != cid.Raw:
		return bad("key bundle")
	case len(m.Peers) == 0 || len(m.Peers) > maxPeers:
		return bad("peers")
	case m.CreatedAt < 0 || m.UpdatedAt < m.CreatedAt || m.MemberSince < 0 || m.UpdatedAt > maxMillis || m.MemberSince > maxMillis:
		return bad("times")
	}
	for _, t := range m.Tags {
		if blank(t) || !oneLine(t, maxTagText) {
			return bad("tag")
		}
	}
	for _, p := range m.Peers {
		if !text(p, 1, 128) {
			return bad("peer")
		}
	}
	if what := m.checkTable(); what != "" {
		return bad(what)
	}
	for i := range m.Entries {
		if err := m.Entries[i].check(); err != nil {
			return fmt.Errorf("%w: entry %d: %w", ErrManifest, i, err)
		}
	}
	return nil
}

// maxMillis is the end of the year 9999, the last that RFC 3339 can write.
var maxMillis = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).UnixMilli()

func (e *Entry) check() error {
	_, kindErr := media.ParseKind(e.Kind)
	switch {
	case !identifier(e.Contribution):
		return errors.New("contribution id")
	case kindErr != nil && e.Kind != KindDataset:
		return errors.New("kind")
	case !oneLine(e.Filename, maxFilename), strings.ContainsAny(e.Filename, `/\`), len(e.MIME) > 127, !mimeType.MatchString(e.MIME):
		return errors.New("filename or type")
	case e.Size <= 0 || e.Size > maxFile || e.PayloadSize <= e.Size || e.PayloadSize > e.Size+e.Size/16+1024:
		return errors.New("size")
	case !e.Root.Defined() || (e.Root.Prefix().Codec != cid.Raw && e.Root.Prefix().Codec != cid.DagProtobuf):
		return errors.New("root")
	case len(e.SHA256) != 32 || len(e.FileKeyHash) != 32:
		return errors.New("hash")
	case e.Preview != nil && (!e.Preview.Defined() || e.Preview.Prefix().Codec != cid.Raw || e.Preview.Prefix().MhType != multihash.SHA2_256):
		return errors.New("preview")
	}
	return nil
}

// KindDataset is the kind of an entry that is a tabular dataset.
const KindDataset = "dataset"

func text(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return utf8.ValidString(s) && n >= least && n <= most
}

// identifier is what stands in URLs and filenames as it is.
func identifier(s string) bool {
	return len(s) <= 64 && identifiers.MatchString(s) && strings.Trim(s, ".") != ""
}

var (
	identifiers = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
	mimeType    = regexp.MustCompile(`^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+$`)
)

// blank reports whether nobody would see anything of a text.
func blank(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsPrint(r) && !unicode.IsSpace(r) })
}

// oneLine is shown text on one line.
func oneLine(s string, most int) bool { return shown(s, 0, most) && !strings.ContainsAny(s, "\r\n\t") }

// shown is text that people are shown, on terminals too: what a stranger wrote must
// not do something there.
func shown(s string, least, most int) bool {
	return text(s, least, most) && !strings.ContainsFunc(s, unseen)
}

func unseen(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }

// Hash returns the SHA-256 of a manifest block, as an order commits to it.
func Hash(block []byte) market.Hash {
	sum, err := multihash.Sum(block, multihash.SHA2_256, -1)
	if err != nil {
		panic("listing: sha2-256 is always there: " + err.Error())
	}
	return market.Hash(sum[2:])
}

// ManifestCID returns the CID of the manifest block with the given SHA-256.
func ManifestCID(hash market.Hash) cid.Cid {
	mh, err := multihash.Encode(hash[:], multihash.SHA2_256)
	if err != nil {
		panic("listing: a sha2-256 multihash always encodes: " + err.Error())
	}
	return cid.NewCidV1(cid.DagCBOR, mh)
}
