package dataset

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"privd/market"
)

// Terms are what an owner says of a dataset besides what its listing says.
type Terms struct {
	// ID is the slug by which it is known here; one made from the name where empty.
	ID       market.DatasetID
	Provider string // the owner's display name where empty
	DataType DataType
	// PriceUSDC is the price over x402 in the smallest unit of mUSDC; nil when it is
	// not sold there.
	PriceUSDC *market.Amount
	// PreviewRows is how many records everybody may see; nil for
	// DefaultPreviewRows.
	PreviewRows *int
}

const (
	maxID       = 64
	maxProvider = 100 // code points
)

// slug is what an id looks like: it stands in paths and filenames.
var slug = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$`)

// CheckID returns an error unless id may name a dataset.
func CheckID(id market.DatasetID) error {
	switch {
	case len(id) > maxID || !slug.MatchString(string(id)):
		return market.BadField("dataset_id", "dataset_id must be 1 to 64 lower-case letters and digits, with -, _ and . between them")
	case id == "providers":
		return market.BadField("dataset_id", "dataset_id may not be \"providers\", which is a path of its own")
	}
	return nil
}

// CheckPriceUSDC returns an error unless a dataset may cost p, in the smallest unit
// of mUSDC.
func CheckPriceUSDC(p market.Amount) error {
	if p.IsZero() || p.Big().BitLen() > 128 {
		return market.BadField("price_usdc", "price_usdc must be more than 0 and less than 2^128 units")
	}
	return nil
}

// Check returns an error that names each term at fault.
func (t Terms) Check() error {
	var errs []error
	if t.ID != "" {
		errs = append(errs, CheckID(t.ID))
	}
	if !t.DataType.Valid() {
		errs = append(errs, market.BadField("data_type", "data_type must be one of browsing, defi, nft, social, location"))
	}
	if n := utf8.RuneCountInString(t.Provider); n > maxProvider || !utf8.ValidString(t.Provider) || (n > 0 && strings.TrimSpace(t.Provider) == "") {
		errs = append(errs, market.BadField("provider", "provider must be 1 to 100 characters"))
	}
	if t.PriceUSDC != nil {
		errs = append(errs, CheckPriceUSDC(*t.PriceUSDC))
	}
	if t.PreviewRows != nil && (*t.PreviewRows < 0 || *t.PreviewRows > MaxPreviewRows) {
		errs = append(errs, market.BadField("preview_rows", fmt.Sprintf("preview_rows must be an integer from 0 to %d", MaxPreviewRows)))
	}
	return errors.Join(errs...)
}

// New makes a received file a dataset, on terms that were checked. Who lists it fills
// in the listing, the name, the description and the tags.
func New(r *Received, t Terms, now time.Time) Dataset {
	d := Dataset{
		ID: t.ID, User: r.user, Provider: t.Provider, DataType: t.DataType,
		Format: r.format, MIME: r.found.mime, Columns: r.found.columns, Dialect: r.found.dialect, Records: r.found.records,
		Content: r.content, Object: r.stored.Object, FileHash: r.hash, CreatedAt: now, UpdatedAt: now,
	}
	if t.PriceUSDC != nil {
		d.PriceUSDC = *t.PriceUSDC
	}
	rows := DefaultPreviewRows
	if t.PreviewRows != nil {
		rows = *t.PreviewRows
	}
	d.Preview = r.found.show(rows)
	return d
}

// Add stores a new dataset under its id, or where it has none under a free one made
// from its name, which is returned. Conflict when the id is in use: what a dataset is
// known by stands for one file until its owner removes it.
func Add(tx Tx, d Dataset) (Dataset, error) {
	chosen := d.ID != ""
	base := slugOf(d.Name)
	for n := 1; ; n++ {
		if !chosen {
			d.ID = base
			if n > 1 {
				d.ID = market.DatasetID(fmt.Sprintf("%s-%d", base, n))
			}
			if n > maxNumbered {
				d.ID = base + "-" + market.DatasetID(strings.ToLower(market.RandomText(8)))
			}
		}
		switch _, err := tx.Dataset(d.ID); {
		case errors.Is(err, market.ErrNotFound) && CheckID(d.ID) == nil:
			return d, tx.PutDataset(d)
		case err != nil && !errors.Is(err, market.ErrNotFound):
			return d, err
		case chosen:
			return d, &market.Error{Code: market.Conflict, Reason: "DUPLICATE_DATASET", Field: "dataset_id",
				Message: "there is a dataset " + string(d.ID) + " already; remove it first, or choose another id"}
		}
	}
}

// maxNumbered is how many datasets of one name are numbered.
const maxNumbered = 100

// slugOf makes an id of a name.
func slugOf(name string) market.DatasetID {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9'):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= maxID-16 { // room for what makes it unique
			break
		}
	}
	if s := strings.Trim(b.String(), "-"); s != "" {
		return market.DatasetID(s)
	}
	return "dataset"
}
