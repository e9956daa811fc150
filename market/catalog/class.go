package catalog

import (
	"bytes"
	"encoding/binary"
	"slices"

	"privd/market"
	"privd/market/catalog/index"
	"privd/market/dataset"
	"privd/market/listing"
)

// The classes that filters tell apart: the categories, then the types of data. A
// data listing is of its type alone: its category is always mixed.
var (
	categories = []listing.Category{listing.Photo, listing.Video, listing.Voice, listing.Text, listing.Mixed}
	dataTypes  = []dataset.DataType{dataset.Browsing, dataset.DeFi, dataset.NFT, dataset.Social, dataset.Location}

	allCategories = index.Classes(1<<len(categories) - 1)
	allData       = ^allCategories
)

// otherData is the class of data of a type that no filter names.
const otherData = index.MaxClasses - 1

// classOf returns the class of a listing. The manifest's check lets nothing pass
// that has no category.
func classOf(e *Entry) index.Class {
	if e.DataType != "" {
		if i := slices.Index(dataTypes, dataset.DataType(e.DataType)); i >= 0 {
			return index.Class(len(categories) + i)
		}
		return otherData
	}
	return index.Class(max(0, slices.Index(categories, e.Category)))
}

// classes returns what a query asks for.
func (q *Query) classes() (set index.Classes) {
	if !q.OnlyData {
		set |= allCategories
	}
	if q.Data || q.OnlyData {
		set |= allData
	}
	if q.Category != "" {
		set &= named(slices.Index(categories, q.Category)) | mixedData(q.Category)
	}
	if q.DataType != "" {
		i := slices.Index(dataTypes, dataset.DataType(q.DataType))
		if i >= 0 {
			i += len(categories)
		}
		set &= named(i)
	}
	return set
}

// named returns the set of one class, or of none where the filter names none.
func named(class int) index.Classes {
	if class < 0 {
		return 0
	}
	return index.Set(index.Class(class))
}

func mixedData(c listing.Category) index.Classes {
	if c != listing.Mixed {
		return 0
	}
	return allData
}

// prices returns the range of prices a query asks for; false when there is none.
func (q *Query) prices() (low, high index.Key, some bool) {
	high = index.MaxKey
	if q.MinPrice != nil {
		var beyond bool
		if low, beyond = priceKey(*q.MinPrice); beyond {
			return low, high, false
		}
	}
	if q.MaxPrice != nil {
		high, _ = priceKey(*q.MaxPrice)
	}
	return low, high, true
}

// priceKey returns a price as the index has it. Orders have at most 128 bits; what
// is beyond is told and counts as the most there is.
func priceKey(a market.Amount) (key index.Key, beyond bool) {
	b := a.Bytes32()
	if binary.BigEndian.Uint64(b[0:])|binary.BigEndian.Uint64(b[8:]) != 0 {
		return index.MaxKey, true
	}
	return index.Key{High: binary.BigEndian.Uint64(b[16:]), Low: binary.BigEndian.Uint64(b[24:])}, false
}

// amount is the inverse of priceKey.
func amount(k index.Key) (a market.Amount) {
	b := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, k.High), k.Low)
	if err := a.UnmarshalBinary(bytes.TrimLeft(b, "\x00")); err != nil {
		panic("catalog: 16 bytes are an amount: " + err.Error())
	}
	return a
}

// row returns what the index knows of a listing.
func row(e *Entry) index.Row {
	price, _ := priceKey(e.Price)
	return index.Row{
		ID: string(e.ID), Class: classOf(e), Price: price, Created: e.CreatedAt, Sales: e.Sales,
		Rating: index.Rating(e.RatingSum, e.RatingCount),
	}
}
