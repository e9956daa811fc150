package records

import (
	"privd/market"
	"privd/market/account"
	"privd/market/catalog"
	"privd/market/claim"
	"privd/market/contribution"
	"privd/market/dataset"
	"privd/market/deal"
	"privd/market/earning"
	"privd/market/erasure"
	"privd/market/event"
	"privd/market/fund"
	"privd/market/labeling"
	"privd/market/ledger"
	"privd/market/listing"
	"privd/market/outbox"
	"privd/market/purchase"
	"privd/market/rating"
	"privd/market/replay"
	"privd/market/report"
	"privd/market/reputation"
	"privd/market/sale"
	"privd/market/seal"
	"privd/market/signature"
	"privd/market/staking"
	"privd/market/task"
	"privd/market/x402"
)

// The map of the database. Each table and index has a prefix byte of its own,
// given once and never used for anything else; keys are built here and nowhere
// else. In a layout, "text" ends with a terminator, "time" and "number" are eight
// bytes big-endian, "hash" is 32 bytes, "address" 20, "multihash" tells its own
// length. since is the version of the repo that introduced the row.
//
// Prefixes 0x01-0x0F hold contents and tasks, 0x10-0x1F accounts, 0x20-0x2F
// contributions and earnings, 0x30-0x3F what is sold, 0x40-0x4F what is bought,
// 0x50-0x5F the catalog, 0x60-0x6F the chain, 0x70-0x7F labeling and staking,
// 0x80-0x8F payments over HTTP.
var (
	packs = &table[packRow]{
		name: "pack", prefix: 0x01, since: 1, layout: "pack id text",
	}
	places = &table[placeList]{
		name: "block", prefix: 0x02, since: 1, layout: "multihash",
	}
	tasks = &table[task.Task]{
		name: "task", prefix: 0x03, since: 1, layout: "kind text, key text",
		keyOf: func(t task.Task) key { return taskKey(t.Kind, t.Key) },
	}

	journal = &table[event.Event]{
		name: "journal", prefix: 0x04, since: 1, layout: "sequence number",
		keyOf: func(e event.Event) key { return key(nil).number(e.Seq) },
		indexes: []index[event.Event]{
			{name: "user", prefix: 0x05, since: 1, layout: "user id text, sequence number",
				keysOf: func(e event.Event) []key { return one(textKey(e.User).number(e.Seq)) }},
		},
	}

	users = &table[account.User]{
		name: "user", prefix: 0x10, since: 1, layout: "user id text",
		keyOf: func(u account.User) key { return textKey(u.ID) },
		indexes: []index[account.User]{
			{name: "name", prefix: 0x11, since: 1, layout: "name text", unique: true,
				keysOf: func(u account.User) []key { return keyIf(u.Name != "", textKey(u.Name)) }},
			{name: "wallet", prefix: 0x12, since: 1, layout: "wallet address", unique: true,
				keysOf: func(u account.User) []key { return one(addressKey(u.Wallet)) }},
			{name: "anonymous id", prefix: 0x19, since: 1, layout: "anonymous id text", unique: true,
				keysOf: func(u account.User) []key { return keyIf(u.AnonymousID != "", textKey(u.AnonymousID)) }},
			{name: "age", prefix: 0x13, since: 1, layout: "creation time",
				keysOf: func(u account.User) []key { return one(key(nil).time(u.CreatedAt)) }},
		},
	}
	apiKeys = &table[account.Key]{
		name: "API key", prefix: 0x14, since: 1, layout: "key id text",
		keyOf: func(k account.Key) key { return textKey(k.ID) },
		indexes: []index[account.Key]{
			{name: "hash", prefix: 0x15, since: 1, layout: "secret hash", unique: true,
				keysOf: func(k account.Key) []key { return one(hashKey(k.Hash)) }},
			{name: "user", prefix: 0x16, since: 1, layout: "user id text, creation time",
				keysOf: func(k account.Key) []key { return one(textKey(k.User).time(k.CreatedAt)) }},
		},
	}
	nonces = &table[account.Nonce]{
		name: "login nonce", prefix: 0x17, since: 1, layout: "value text",
		keyOf: func(n account.Nonce) key { return textKey(n.Value) },
		indexes: []index[account.Nonce]{
			{name: "expiry", prefix: 0x18, since: 1, layout: "expiry time",
				keysOf: func(n account.Nonce) []key { return one(key(nil).time(n.ExpiresAt)) }},
		},
	}

	signatures = &table[signature.Request]{
		name: "signature request", prefix: 0x1C, since: 1, layout: "request id text",
		keyOf:  func(r signature.Request) key { return textKey(r.ID) },
		events: event.OfSignature,
		indexes: []index[signature.Request]{
			{name: "open", prefix: 0x1D, since: 1, layout: "user id text, creation time",
				keysOf: func(r signature.Request) []key { return keyIf(r.Signature == nil, textKey(r.User).time(r.CreatedAt)) }},
		},
	}

	contributions = &table[contribution.Contribution]{
		name: "contribution", prefix: 0x20, since: 1, layout: "contribution id text",
		keyOf:  func(c contribution.Contribution) key { return textKey(c.ID) },
		events: event.OfContribution,
		indexes: []index[contribution.Contribution]{
			{name: "file", prefix: 0x23, since: 1, layout: "user id text, file hash", unique: true,
				keysOf: func(c contribution.Contribution) []key { return one(textKey(c.User).hash(c.FileHash)) }},
			{name: "user", prefix: 0x22, since: 1, layout: "user id text, creation time newest first",
				keysOf: func(c contribution.Contribution) []key { return one(textKey(c.User).newest(c.CreatedAt)) }},
		},
	}
	receipts = &table[contribution.Receipt]{
		name: "consent receipt", prefix: 0x25, since: 1, layout: "contribution id text, time given, receipt id text",
		keyOf: func(r contribution.Receipt) key { return textKey(r.Contribution).time(r.Consent.GivenAt).text(r.ID) },
	}
	fingerprints = &table[similar]{
		name: "fingerprint", prefix: 0x2F, since: 1, layout: "user id text, kind text, contribution id text",
	}
	deletions = &table[erasure.Deletion]{
		name: "deletion", prefix: 0x33, since: 1, layout: "user id text, contribution id text",
		keyOf:  func(d erasure.Deletion) key { return textKey(d.User).text(string(d.Contribution)) },
		events: event.OfDeletion,
		indexes: []index[erasure.Deletion]{
			{name: "mark", prefix: 0x24, since: 1, layout: "file mark",
				keysOf: func(d erasure.Deletion) []key { return keyIf(!d.Mark.IsZero(), hashKey(d.Mark)) }},
		},
	}
	earnings = &table[earning.Earning]{
		name: "earning", prefix: 0x26, since: 1, layout: "earning id text",
		keyOf:  func(e earning.Earning) key { return textKey(e.ID) },
		events: event.OfEarning,
		indexes: []index[earning.Earning]{
			{name: "reference", prefix: 0x27, since: 1, layout: "by whom byte, source text, reference text", unique: true,
				keysOf: func(e earning.Earning) []key {
					return keyIf(e.Reference != "", referenceKey(e.FromService(), e.Source, e.Reference))
				}},
			{name: "user", prefix: 0x28, since: 1, layout: "user id text, order byte, creation time, earning id text, class byte", unique: true,
				keysOf: earningKeys},
		},
	}
	summaries = &table[earning.Summary]{
		name: "earnings summary", prefix: 0x1A, since: 1, layout: "user id text",
	}
	tills = &table[claim.Till]{
		name: "till", prefix: 0x1B, since: 1, layout: "wallet address",
	}
	claims = &table[claim.Claim]{
		name: "claim", prefix: 0x29, since: 1, layout: "claim id text",
		keyOf:  func(c claim.Claim) key { return textKey(c.ID) },
		events: event.OfClaim,
		indexes: []index[claim.Claim]{
			{name: "user", prefix: 0x2A, since: 1, layout: "user id text, creation time newest first",
				keysOf: func(c claim.Claim) []key { return one(textKey(c.User).newest(c.CreatedAt)) }},
			{name: "live", prefix: 0x2B, since: 1, layout: "user id text, creation time",
				keysOf: func(c claim.Claim) []key { return keyIf(c.Live(), textKey(c.User).time(c.CreatedAt)) }},
			{name: "owed", prefix: 0x6E, since: 1, layout: "creation time",
				keysOf: func(c claim.Claim) []key { return keyIf(c.Owed(), key(nil).time(c.CreatedAt)) }},
		},
	}

	listings = &table[listing.Listing]{
		name: "listing", prefix: 0x30, since: 1, layout: "listing id text",
		keyOf:  func(l listing.Listing) key { return textKey(l.ID) },
		events: event.OfListing,
		indexes: []index[listing.Listing]{
			{name: "hash", prefix: 0x31, since: 1, layout: "listing hash", unique: true,
				keysOf: func(l listing.Listing) []key { return one(hashKey(seal.ListingHash(l.ID))) }},
			{name: "owner", prefix: 0x32, since: 1, layout: "user id text, creation time newest first",
				keysOf: func(l listing.Listing) []key { return one(textKey(l.Owner).newest(l.CreatedAt)) }},
			{name: "held", prefix: 0x3A, since: 1, layout: "time held",
				keysOf: func(l listing.Listing) []key { return keyIf(!l.HeldAt.IsZero(), key(nil).time(l.HeldAt)) }},
		},
	}
	sales = &table[sale.Sale]{
		name: "sale", prefix: 0x34, since: 1, layout: "purchase hash",
		keyOf: func(s sale.Sale) key { return hashKey(s.Purchase) },
		indexes: []index[sale.Sale]{
			{name: "open", prefix: 0x35, since: 1, layout: "creation time",
				keysOf: func(s sale.Sale) []key { return keyIf(!s.Closed, key(nil).time(s.CreatedAt)) }},
			{name: "seller", prefix: 0x4A, since: 1, layout: "user id text, creation time newest first",
				keysOf: func(s sale.Sale) []key { return one(textKey(s.Seller).newest(s.CreatedAt)) }},
		},
	}
	datasets = &table[dataset.Dataset]{
		name: "dataset", prefix: 0x36, since: 1, layout: "dataset id text",
		keyOf: func(d dataset.Dataset) key { return textKey(d.ID) },
		indexes: []index[dataset.Dataset]{
			{name: "user", prefix: 0x37, since: 1, layout: "user id text, creation time newest first",
				keysOf: func(d dataset.Dataset) []key { return one(textKey(d.User).newest(d.CreatedAt)) }},
		},
	}
	payments = &table[x402.Sale]{
		name: "x402 sale", prefix: 0x80, since: 1, layout: "sale id hash",
		keyOf:  func(s x402.Sale) key { return hashKey(s.ID) },
		events: event.OfX402Sale,
		indexes: []index[x402.Sale]{
			{name: "token", prefix: 0x81, since: 1, layout: "token hash", unique: true,
				keysOf: func(s x402.Sale) []key { return keyIf(!s.Token.IsZero(), hashKey(s.Token)) }},
			{name: "identifier", prefix: 0x82, since: 1, layout: "identifier hash", unique: true,
				keysOf: func(s x402.Sale) []key { return keyIf(!s.Identifier.IsZero(), hashKey(s.Identifier)) }},
			{name: "owner", prefix: 0x83, since: 1, layout: "user id text, creation time newest first",
				keysOf: func(s x402.Sale) []key { return one(textKey(s.Owner).newest(s.CreatedAt)) }},
			{name: "payer", prefix: 0x84, since: 1, layout: "dataset id text, payer address, creation time newest first",
				keysOf: func(s x402.Sale) []key {
					return one(textKey(s.Dataset).bytes(s.Authorization.From[:]).newest(s.CreatedAt))
				}},
			{name: "owed", prefix: 0x85, since: 1, layout: "content text, of those open, or paid with a download to come",
				keysOf: func(s x402.Sale) []key {
					return keyIf(s.Open() || (s.Paid() && s.Done.IsZero()), textKey(s.Content))
				}},
		},
	}

	purchases = &table[purchase.Purchase]{
		name: "purchase", prefix: 0x40, since: 1, layout: "purchase id text",
		keyOf:  func(p purchase.Purchase) key { return textKey(p.ID) },
		events: event.OfPurchase,
		indexes: []index[purchase.Purchase]{
			{name: "chain", prefix: 0x41, since: 1, layout: "purchase hash", unique: true,
				keysOf: func(p purchase.Purchase) []key {
					return keyIf(p.OnChain != market.Hash{}, hashKey(p.OnChain))
				}},
			{name: "buyer", prefix: 0x42, since: 1, layout: "user id text, creation time newest first",
				keysOf: func(p purchase.Purchase) []key { return one(textKey(p.Buyer).newest(p.CreatedAt)) }},
			{name: "listing", prefix: 0x43, since: 1, layout: "user id text, listing id text, creation time newest first",
				keysOf: func(p purchase.Purchase) []key {
					return one(textKey(p.Buyer).text(string(p.Listing)).newest(p.CreatedAt))
				}},
			{name: "sealer", prefix: 0x4D, since: 1, layout: "sealer address, creation time newest first",
				keysOf: func(p purchase.Purchase) []key {
					return keyIf(p.OnChain != market.Hash{}, addressKey(p.Order.Sealer).newest(p.CreatedAt))
				}},
		},
	}

	ratings = &table[rating.Rating]{
		name: "rating", prefix: 0x44, since: 1, layout: "purchase hash",
		keyOf:  func(r rating.Rating) key { return hashKey(r.Signed.Purchase) },
		events: event.OfRating,
	}

	reports = &table[report.Report]{
		name: "report", prefix: 0x4E, since: 1, layout: "seller address, purchase hash",
		keyOf: func(r report.Report) key { return addressKey(r.Seller()).hash(r.Signed.Purchase) },
	}

	stakeRequests = &table[staking.Request]{
		name: "stake request", prefix: 0x46, since: 1, layout: "stake id text",
		keyOf: func(r staking.Request) key { return textKey(r.ID) },
		indexes: []index[staking.Request]{
			{name: "user", prefix: 0x47, since: 1, layout: "user id text, creation time newest first",
				keysOf: func(r staking.Request) []key { return one(textKey(r.User).newest(r.CreatedAt)) }},
		},
	}

	answers = &table[replay.Answer]{
		name: "answer", prefix: 0x48, since: 1, layout: "request hash",
		keyOf: func(a replay.Answer) key { return hashKey(a.Key) },
		indexes: []index[replay.Answer]{
			{name: "expiry", prefix: 0x49, since: 1, layout: "expiry time",
				keysOf: func(a replay.Answer) []key { return one(key(nil).time(a.ExpiresAt)) }},
		},
	}

	offers = &table[listing.Offer]{
		name: "offer", prefix: 0x50, since: 1, layout: "listing id text",
		keyOf: func(o listing.Offer) key { return textKey(o.ID) },
		indexes: []index[listing.Offer]{
			{name: "hash", prefix: 0x51, since: 1, layout: "listing hash", unique: true,
				keysOf: func(o listing.Offer) []key { return one(hashKey(o.Order.Listing)) }},
			{name: "preview", prefix: 0x2E, since: 1, layout: "contribution id text",
				keysOf: func(o listing.Offer) []key { return previewKeys(o) }},
			{name: "expiry", prefix: 0x52, since: 1, layout: "expiry number, unix seconds",
				keysOf: func(o listing.Offer) []key { return one(key(nil).number(o.Order.Expiry)) }},
		},
	}
	cards = &table[catalog.Card]{
		name: "card", prefix: 0x57, since: 1, layout: "listing id text",
	}
	withdrawals = &table[listing.Withdrawal]{
		name: "withdrawal", prefix: 0x53, since: 1, layout: "listing hash",
		keyOf: func(w listing.Withdrawal) key { return hashKey(w.Listing) },
	}
	wanted = &table[listing.Wanted]{
		name: "wanted offer", prefix: 0x54, since: 1, layout: "hash of listing hash and seller address",
		keyOf: func(w listing.Wanted) key { return hashKey(w.ID()) },
		indexes: []index[listing.Wanted]{
			{name: "peer", prefix: 0x58, since: 1, layout: "peer id text, of who told last",
				keysOf: func(w listing.Wanted) []key {
					if len(w.Peers) == 0 {
						return nil
					}
					return one(textKey(w.Peers[0]))
				}},
		},
	}

	listingRatings = &table[rating.Stats]{
		name: "listing ratings", prefix: 0x55, since: 1, layout: "listing hash",
	}
	sellerRatings = &table[rating.Stats]{
		name: "seller ratings", prefix: 0x56, since: 1, layout: "seller address",
	}

	transactions = &table[outbox.Transaction]{
		name: "transaction", prefix: 0x60, since: 1, layout: "key text",
		keyOf: func(t outbox.Transaction) key { return textKey(t.Key) },
		indexes: []index[outbox.Transaction]{
			{name: "open", prefix: 0x61, since: 1, layout: "sequence number",
				keysOf: func(t outbox.Transaction) []key { return keyIf(!t.Closed, key(nil).number(t.Seq)) }},
			{name: "ended", prefix: 0x68, since: 1, layout: "time closed, of those with their bytes",
				keysOf: func(t outbox.Transaction) []key { return keyIf(t.Closed && !t.Slim, key(nil).time(t.Ended)) }},
		},
	}
	marks = &table[deal.Mark]{
		name: "mark", prefix: 0x62, since: 1, layout: "block number",
		keyOf: func(m deal.Mark) key { return key(nil).number(m.Number) },
	}
	agreed = &table[deal.Mark]{
		name: "agreed mark", prefix: 0x67, since: 1, layout: "nothing: there is one",
	}
	events = &table[deal.Event]{
		name: "event", prefix: 0x63, since: 1, layout: "block number, log index number",
		keyOf: func(e deal.Event) key { return key(nil).number(e.Block).number(e.LogIndex) },
		indexes: []index[deal.Event]{
			{name: "purchase", prefix: 0x64, since: 1, layout: "purchase hash",
				keysOf: func(e deal.Event) []key { return keyIf(e.Purchase != market.Hash{}, hashKey(e.Purchase)) }},
			{name: "seller", prefix: 0x4C, since: 1, layout: "seller address, block and log index numbers newest first; of purchases",
				keysOf: func(e deal.Event) []key {
					return keyIf(e.Kind == deal.Purchased, addressKey(e.Seller).number(^e.Block).number(^e.LogIndex))
				}},
			{name: "staker", prefix: 0x7F, since: 1, layout: "account address, 0 stake or 1 cooldown, block and log index numbers newest first",
				keysOf: stakerKeys},
		},
	}
	listingStats = &table[ledger.Stats]{
		name: "listing statistics", prefix: 0x65, since: 1, layout: "listing hash",
	}
	sellerStats = &table[ledger.Stats]{
		name: "seller statistics", prefix: 0x66, since: 1, layout: "seller address",
	}

	fundMoves = &table[fund.Move]{
		name: "fund move", prefix: 0x6C, since: 1, layout: "move id text",
		keyOf: func(m fund.Move) key { return textKey(m.ID) },
		indexes: []index[fund.Move]{
			{name: "age", prefix: 0x6D, since: 1, layout: "creation time newest first",
				keysOf: func(m fund.Move) []key { return one(key(nil).newest(m.CreatedAt)) }},
		},
	}

	labelItems = &table[labeling.Item]{
		name: "labeling item", prefix: 0x2C, since: 1, layout: "contribution id text",
		keyOf: func(it labeling.Item) key { return textKey(it.Contribution) },
		indexes: []index[labeling.Item]{
			{name: "offered", prefix: 0x2D, since: 1, layout: "opening time",
				keysOf: func(it labeling.Item) []key {
					return keyIf(it.State == labeling.Offered, key(nil).time(it.OpenedAt))
				}},
			{name: "undecided", prefix: 0x70, since: 1, layout: "opening time",
				keysOf: func(it labeling.Item) []key { return keyIf(it.State.Undecided(), key(nil).time(it.OpenedAt)) }},
			{name: "gold", prefix: 0x71, since: 1, layout: "opening time",
				keysOf: func(it labeling.Item) []key { return keyIf(it.Gold != "", key(nil).time(it.OpenedAt)) }},
		},
	}
	labelTasks = &table[labeling.Task]{
		name: "labeling task", prefix: 0x72, since: 1, layout: "task id text",
		keyOf: func(t labeling.Task) key { return textKey(t.ID) },
		indexes: []index[labeling.Task]{
			{name: "labeler", prefix: 0x73, since: 1, layout: "user id text, contribution id text", unique: true,
				keysOf: func(t labeling.Task) []key { return one(textKey(t.User).text(string(t.Item))) }},
			{name: "hand", prefix: 0x74, since: 1, layout: "user id text, assignment time",
				keysOf: func(t labeling.Task) []key {
					return keyIf(t.State == labeling.Open, textKey(t.User).time(t.AssignedAt))
				}},
			{name: "item", prefix: 0x75, since: 1, layout: "contribution id text",
				keysOf: func(t labeling.Task) []key { return keyIf(t.Live(), textKey(t.Item)) }},
		},
	}
	labelStats = &table[reputation.Stats]{
		name: "labeler", prefix: 0x76, since: 1, layout: "user id text",
		keyOf: func(s reputation.Stats) key { return textKey(s.User) },
	}
)

// schema returns every row of the map.
func schema() []row {
	var all []row
	for _, t := range []interface{ rows() []row }{
		packs, places, tasks, journal,
		users, apiKeys, nonces, signatures,
		contributions, receipts, fingerprints, deletions, earnings, summaries, tills, claims,
		listings, sales, datasets, payments,
		purchases, answers,
		offers, cards, withdrawals, wanted,
		ratings, listingRatings, sellerRatings, reports,
		transactions, marks, agreed, events, listingStats, sellerStats,
		labelItems, labelTasks, labelStats, stakeRequests, fundMoves,
	} {
		all = append(all, t.rows()...)
	}
	return all
}

func textKey[T ~string](s T) key              { return key(nil).text(string(s)) }
func hashKey(h market.Hash) key               { return key(nil).hash(h) }
func addressKey(a market.Address) key         { return key(nil).bytes(a[:]) }
func taskKey(kind task.Kind, name string) key { return textKey(kind).text(name) }

func one(k key) []key { return []key{k} }

func keyIf(when bool, k key) []key {
	if !when {
		return nil
	}
	return one(k)
}
