package conformance_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

// moneyRule says what an operation makes of sums that are numbers and yet too small
// or too large.
type moneyRule struct {
	zero  mood // 0
	large mood // 2^128 whole tokens: more than there are, and than a contract packs
}

// moneyInputs has a row for every input of the OpenAPI document that is money.
var moneyInputs = map[string]moneyRule{
	"browseListings minPrice": {accepted, tolerated}, "browseListings maxPrice": {accepted, tolerated},
	"browseListings min_price": {accepted, tolerated}, "browseListings max_price": {accepted, tolerated},
	"browseDataListings minPrice": {accepted, tolerated}, "browseDataListings maxPrice": {accepted, tolerated},
	"browseDataListings min_price": {accepted, tolerated}, "browseDataListings max_price": {accepted, tolerated},

	"createListing price_priv": {refused, refused}, "updateListing price_priv": {refused, refused}, "patchListing price_priv": {refused, refused},
	"createDataListing price_priv": {refused, refused}, "createDataListing price_usdc": {tolerated, refused},
	"priceMyDataset price_usdc": {tolerated, refused},
	"bookEarning amount":        {refused, refused},
	"stake amount":              {refused, refused}, "unstake amount": {refused, refused},
	"addToRewardFund amount": {refused, refused}, "withdrawRewardFund amount": {refused, refused},
	"useFaucet priv": {tolerated, refused}, "useFaucet usdc": {tolerated, refused}, "useFaucet eth": {tolerated, refused},
}

const (
	tokens128 = "340282366920938463463374607431768211456"                                         // 2^128
	tokens256 = "115792089237316195423570985008687907853269984665640564039457584007913129639936"  // 2^256
	overPRIV  = "115792089237316195423570985008687907853269984665640564039457.584007913129639936" // 2^256 wei of PRIV
	fineUSDC  = "0.0000000000000000001"                                                           // too fine for every token
)

// oddMoney are sums that no input takes, and those at the edge of what one takes.
func (s *stage) oddMoney(t testing.TB, o operation, base request) (all []odd) {
	t.Helper()
	for _, p := range o.parameters {
		if p.In != openapi3.ParameterInQuery || !isMoney(p.Schema) {
			continue
		}
		for _, value := range []string{"+1", " 1", "1 ", "1e", "1.", ".5", "0x1p3", "1e-19", tokens256, overPRIV, fineUSDC, "\u0661", "\uff11"} {
			all = append(all, odd{name: "query " + p.Name + " sum " + value, field: p.Name, mood: refused, build: func() request {
				r := base.clone()
				r.query[p.Name] = []string{value}
				return r
			}})
		}
	}
	if schema := o.media("multipart/form-data"); schema != nil {
		good := forms[o.id](t, s)
		for i, one := range good {
			ref := schema.Properties[one.name]
			if ref == nil || !isMoney(ref) {
				continue
			}
			rule := moneyInputs[o.id+" "+one.name]
			add := func(value string, m mood) {
				changed := slices.Clone(good)
				changed[i].value = value
				all = append(all, odd{name: "part " + one.name + " sum " + value, field: one.name, mood: m, build: func() request { return form(t, changed) }})
			}
			for _, value := range []string{"+1", " 1", "1 ", "1e", "1.", ".5", "1e-19", tokens256, overPRIV, fineUSDC, "\u0661"} {
				add(value, refused)
			}
			add("0", rule.zero)
			add(tokens128, rule.large)
		}
	}
	schema := o.media("application/json")
	if schema == nil {
		return all
	}
	var good object
	if json.Unmarshal([]byte(base.body), &good) != nil {
		return all
	}
	for name, ref := range schema.Properties {
		if !isMoney(ref) {
			continue
		}
		rule := moneyInputs[o.id+" "+name]
		add := func(value string, m mood) {
			all = append(all, odd{name: "field " + name + " sum " + value, field: name, mood: m, build: func() request {
				r := base.clone()
				r.kind, r.body = "application/json", good.with(name, value).text()
				return r
			}})
		}
		for _, value := range []string{"+1", "01", "1.", ".5", "1e", "0x1", "-0.000000000000000001", "1e-19", tokens256, overPRIV, fineUSDC, `"1"`, "Infinity"} {
			add(value, refused)
		}
		for _, value := range []string{"0", "0.0", "0e10"} {
			if rule.zero != accepted { // what is accepted is said so where it counts
				add(value, rule.zero)
			}
		}
		add(tokens128, rule.large)
	}
	slices.SortFunc(all, func(a, b odd) int { return strings.Compare(a.name, b.name) })
	return all
}

// isMoney reports whether an input is a sum of a token.
func isMoney(ref *openapi3.SchemaRef) bool {
	if strings.HasSuffix(ref.Ref, "/Money") {
		return true
	}
	exact, _ := ref.Value.Extensions["x-go-type"].(string)
	return exact == "json.Number" && ref.Value.Max == nil
}

// Every input that is money has a row that says what it makes of nothing and of too
// much, and every row is of an input.
func TestMoneyInputs(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, o := range operations(t) {
		for _, p := range o.parameters {
			if isMoney(p.Schema) {
				found[o.id+" "+p.Name] = true
			}
		}
		for _, kind := range []string{"application/json", "multipart/form-data"} {
			schema := o.media(kind)
			if schema == nil {
				continue
			}
			for name, ref := range schema.Properties {
				if isMoney(ref) {
					found[o.id+" "+name] = true
				}
			}
		}
		if o.method == http.MethodGet {
			require.Nil(t, o.RequestBody, o.id)
		}
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(moneyInputs)), slices.Collect(maps.Keys(found)))
}
