package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	_ "modernc.org/sqlite" // the driver

	"privd/market"
	"privd/market/catalog"
	"privd/market/catalog/index"
)

// yardstickDB is the same listings in SQLite, with an index for each order that
// covers what filters ask for, alone, behind the kind and behind the category.
type yardstickDB struct{ db *sql.DB }

func openSQLite(path string) (*yardstickDB, error) {
	db, err := sql.Open("sqlite", path+"?_pragma=journal_mode(wal)&_pragma=synchronous(normal)&_pragma=cache_size(-1000000)&_pragma=mmap_size(4000000000)&_pragma=temp_store(memory)")
	if err != nil {
		return nil, err
	}
	_, err = db.Exec(`CREATE TABLE listings (
		id TEXT PRIMARY KEY, data INTEGER, category TEXT, data_type TEXT, price INTEGER, created INTEGER, sales INTEGER, rating INTEGER,
		title TEXT, description TEXT, tags TEXT, seller BLOB) WITHOUT ROWID`)
	return &yardstickDB{db}, err
}

// sqlOrders gives each order its columns. rating is the same number the catalog
// sorts by.
var sqlOrders = map[catalog.Sort]string{
	catalog.Newest: "created DESC", catalog.Oldest: "created", catalog.PriceLow: "price", catalog.PriceHigh: "price DESC",
	catalog.MostSales: "sales DESC", catalog.HighestRated: "rating DESC",
}

func (y *yardstickDB) fill(ctx context.Context, goods []good) error {
	tx, err := y.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	insert, err := tx.Prepare("INSERT INTO listings VALUES (?,?,?,?,?,?,?,?,?,?,?,?)")
	if err != nil {
		return err
	}
	for i := range goods {
		g := &goods[i]
		_, err := insert.Exec(g.id, g.dataType != "", g.category, g.dataType, g.price, g.created, g.sold, int64(index.Rating(g.ratingSum, g.ratingCount)),
			g.title, g.description, strings.Join(g.tags, ","), g.seller[:])
		if err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (y *yardstickDB) index(ctx context.Context) error {
	for sort, by := range sqlOrders {
		for _, first := range []string{"", "data, ", "data, category, "} {
			name := fmt.Sprintf("%s_%d", sort, len(first))
			covering := "price"
			if strings.HasPrefix(by, "price") {
				covering = "created"
			}
			if _, err := y.db.ExecContext(ctx, fmt.Sprintf("CREATE INDEX %s ON listings (%s%s, id, %s)", name, first, by, covering)); err != nil {
				return err
			}
		}
	}
	_, err := y.db.ExecContext(ctx, "ANALYZE")
	return err
}

// browse answers a query as the catalog does: the ids of a page, with their texts
// read, and the total.
func (y *yardstickDB) browse(ctx context.Context, q catalog.Query) (ids []string, total int, err error) {
	where, args := conditions(q)
	if err := y.db.QueryRowContext(ctx, "SELECT count(*) FROM listings"+where, args...).Scan(&total); err != nil {
		return nil, 0, err
	}
	rows, err := y.db.QueryContext(ctx, "SELECT id, title, description, tags, seller FROM listings"+where+" ORDER BY "+sqlOrders[q.Sort]+", id LIMIT ? OFFSET ?",
		append(args, q.Limit, q.Offset)...)
	if err != nil {
		return nil, 0, err
	}
	for rows.Next() {
		var id, title, description, tags string
		var seller []byte
		if err := rows.Scan(&id, &title, &description, &tags, &seller); err != nil {
			return nil, 0, errors.Join(err, rows.Close())
		}
		ids = append(ids, id)
	}
	return ids, total, errors.Join(rows.Err(), rows.Close())
}

func conditions(q catalog.Query) (where string, args []any) {
	var all []string
	add := func(condition string, arg any) {
		all = append(all, condition)
		args = append(args, arg)
	}
	switch {
	case q.OnlyData:
		all = append(all, "data = 1")
	case !q.Data:
		all = append(all, "data = 0")
	}
	if q.Category != "" {
		add("category = ?", string(q.Category))
	}
	if q.DataType != "" {
		add("data_type = ?", q.DataType)
	}
	if q.MinPrice != nil {
		add("price >= ?", units(*q.MinPrice))
	}
	if q.MaxPrice != nil {
		add("price <= ?", units(*q.MaxPrice))
	}
	if len(all) > 0 {
		where = " WHERE " + strings.Join(all, " AND ")
	}
	return where, args
}

// units returns a price in units of priceUnit; the queries here have whole ones.
func units(a market.Amount) int64 {
	u, err := a.MulDiv(1, priceUnit)
	if err != nil {
		panic(err)
	}
	return u.Big().Int64()
}

func (y *yardstickDB) close() error { return y.db.Close() }
