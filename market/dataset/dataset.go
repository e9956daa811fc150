// Package dataset is tabular files for sale: CSV and JSON with a schema. It takes a
// file in one pass, which hashes, encrypts and stores it while it is read as a
// table, in memory that does not grow with the file; a file that does not read to its
// end leaves nothing behind.
//
// What is sold is the file byte for byte, in its own dialect. Columns, records and
// preview describe it.
package dataset

import (
	"time"

	"privd/market"
	"privd/market/content"
	"privd/market/task"
)

// DataType is what kind of data a dataset holds.
type DataType string

// The documented data types.
const (
	Browsing DataType = "browsing"
	DeFi     DataType = "defi"
	NFT      DataType = "nft"
	Social   DataType = "social"
	Location DataType = "location"
)

// Valid reports whether the data type is one of the documented ones.
func (t DataType) Valid() bool {
	switch t {
	case Browsing, DeFi, NFT, Social, Location:
		return true
	}
	return false
}

// Format is how a file writes its table.
type Format string

// The formats. JSON is one array of objects, or objects one after another.
const (
	CSV  Format = "csv"
	JSON Format = "json"
)

// Dialect is how a CSV file is written; nothing of other files.
type Dialect struct {
	Delimiter string // one character
	Header    bool   // the first record names the columns
}

// Dataset is a tabular file that a user sells.
type Dataset struct {
	ID          market.DatasetID
	User        market.UserID
	Listing     market.ListingID // what offers it for PRIV
	Name        string           // the listing's title
	Description string
	Provider    string // who gathered the data, in words
	DataType    DataType
	Tags        []string

	Format   Format
	MIME     string
	Columns  []Column
	Dialect  Dialect
	Records  int64
	Content  string // under which the vault has the file
	Object   content.Object
	FileHash market.Hash // SHA-256 of the file

	// PriceUSDC is what one download costs over x402, in the smallest unit of mUSDC;
	// nothing when it is not sold there.
	PriceUSDC market.Amount
	// Preview is the file's beginning as far as its owner shows it to everybody, in
	// the file's own format.
	Preview string

	CreatedAt time.Time
	UpdatedAt time.Time
}

// Filename is what the file is called for those who buy it. The name it had on its
// owner's disk is nobody's business.
func (d Dataset) Filename() string {
	switch {
	case d.Format == CSV:
		return string(d.ID) + ".csv"
	case d.MIME == mimeLines:
		return string(d.ID) + ".jsonl"
	}
	return string(d.ID) + ".json"
}

// Tx is the part of a transaction that datasets need.
type Tx interface {
	task.Tx
	// Dataset returns NotFound when there is none.
	Dataset(market.DatasetID) (Dataset, error)
	PutDataset(Dataset) error
	DeleteDataset(market.DatasetID) error
	// Datasets calls each with every dataset of this node, in order of id, until it
	// returns false.
	Datasets(each func(Dataset) bool) error
	// DatasetsOf calls each with a user's datasets, newest first, until it returns
	// false.
	DatasetsOf(user market.UserID, each func(Dataset) bool) error
}
