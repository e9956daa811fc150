package privd_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// inexact lists every declaration of the program that may use floating point, and
// why. None of them has to do with money.
var inexact = map[string]string{
	"market/review/permille.go Permille.Float":      "a score for the documents, which show scores with decimals",
	"market/review/phash.go cosines":                "a picture is compared by its cosine transform",
	"market/review/wav.go wavFormat.sample":         "sound may be stored as floating point",
	"market/review/wav.go scaled":                   "sound may be stored as floating point",
	"market/review/webm.go webmFile":                "a film says its length as floating point",
	"market/review/webm.go webmFile.leaf":           "a film says its length as floating point",
	"market/review/webm.go webmFile.length":         "a film says its length as floating point",
	"chain/keys/format.go sound":                    "the library that opens key files reads their numbers so",
	"storage/records/store.go Store.CollectGarbage": "the share of garbage from which space is given back",
	"api/config.go Config":                          "rates of requests",
	"api/contributions.go score":                    "scores, from thousandths",
	"api/contributions.go factors":                  "scores, from thousandths",
	"api/limit.go newLimiter":                       "rates of requests",
	"api/metrics.go newMetrics":                     "metrics are floating point",
	"api/oas/oas.gen.go Contribution":               "scores",
	"api/oas/oas.gen.go ContributionDetails":        "scores",
	"api/quick.go simple":                           "bounds of parameters, as the document has them",
	"api/quick.go simple.bounded":                   "whether fifteen digits lie within bounds; the sum itself is read exactly, later",
	"p2p/blocks.go blockTracer.MessageReceived":     "metrics are floating point",
	"p2p/blocks.go blockTracer.MessageSent":         "metrics are floating point",
	"p2p/conduct.go blockAt":                        "how peers behave",
	"p2p/conduct.go lie":                            "how peers behave",
	"p2p/conduct.go slowness":                       "how peers behave",
	"p2p/conduct.go nuisance":                       "how peers behave",
	"p2p/conduct.go mark":                           "how peers behave",
	"p2p/conduct.go mark.now":                       "how peers behave",
	"p2p/conduct.go conduct.offend":                 "how peers behave",
	"p2p/host.go Host.offend":                       "how peers behave",
	"p2p/limit.go limiter.bucket":                   "rates of requests",
	"p2p/limit.go limiter.prune":                    "rates of requests",
	"p2p/metrics.go newMetrics":                     "metrics are floating point",
	"p2p/score.go scoreParams":                      "how peers behave",
	"p2p/wire/delivery.go retrySeconds":             "a pause in whole seconds",
	"node/metrics.go Node.measure":                  "metrics are floating point",
	"cmd/privd/ls.go quality":                       "scores",
	"cmd/privd-devnet/devnet/demo.go story.review":  "scores",
}

// outside are directories that are not looked at, and why.
var outside = map[string]string{
	"cmd/privd-bench":        "it measures, and has no money",
	"market/media/mediatest": "it makes sounds and films for tests",
}

// looseBy lists what may decode JSON into values of any type, and why.
var looseBy = map[string]string{
	"api/body.go controlled": "it looks for texts alone and keeps nothing",
}

// money is what sums are called. A declaration that uses floating point must not
// mention any.
var money = regexp.MustCompile(`(?i:amount|priv$|price|balance|usdc|earn|stake|refund|fund|fees?$|cumulative|payout)|^wei$|Wei$|^wei[A-Z]|Wei[A-Z]`)

// TestNoFloatNearMoney walks over every file of the program. Whatever uses floating
// point stands in the list above, with its reason, and names nothing that is money;
// and nothing decodes JSON into values of any type, where numbers become floats,
// unless it keeps them as text.
func TestNoFloatNearMoney(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, root := range []string{"market", "chain", "storage", "api", "p2p", "node", "cmd"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() && outside[filepath.ToSlash(path)] != "" {
				return filepath.SkipDir
			}
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			for _, decl := range file.Decls {
				for _, d := range declared(decl) {
					name := filepath.ToSlash(path) + " " + d.name
					at := files.Position(d.node.Pos())
					if why := inexactUse(d.node); why != "" {
						seen[name] = true
						if inexact[name] == "" {
							t.Errorf("%s: %s uses floating point (%s) and is not in the list of what may", at, name, why)
						} else if sum := moneyIn(d.node); sum != "" {
							t.Errorf("%s: %s uses floating point (%s) and speaks of %s", at, name, why, sum)
						}
					}
					if variable := looseJSON(d.node); variable != "" && looseBy[name] == "" {
						t.Errorf("%s: %s decodes JSON into %s, which makes floats of numbers; use json.Decoder.UseNumber or a type", at, name, variable)
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, why := range inexact {
		if !seen[name] {
			t.Errorf("%s uses no floating point any more (%s): take it off the list", name, why)
		}
	}
}

// declaration is one function, type, variable or constant.
type declaration struct {
	name string
	node ast.Node
}

// declared takes a top-level declaration apart.
func declared(decl ast.Decl) (all []declaration) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		name := d.Name.Name
		if d.Recv != nil && len(d.Recv.List) == 1 {
			name = receiver(d.Recv.List[0].Type) + "." + name
		}
		return []declaration{{name, d}}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				all = append(all, declaration{s.Name.Name, s})
			case *ast.ValueSpec:
				all = append(all, declaration{s.Names[0].Name, s})
			}
		}
	}
	return all
}

func receiver(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.StarExpr:
		return receiver(x.X)
	case *ast.IndexExpr:
		return receiver(x.X)
	case *ast.IndexListExpr:
		return receiver(x.X)
	case *ast.Ident:
		return x.Name
	}
	return fmt.Sprintf("%T", e)
}

// floating are names by which floating point comes in without being spelled out.
var floating = map[string]bool{
	"float32": true, "float64": true, "complex64": true, "complex128": true,
	"ParseFloat": true, "FormatFloat": true, "AppendFloat": true, "Float32": true, "Float64": true, "InexactFloat64": true, "NewFloat": true, "NewFromFloat": true,
	"SetFloat64": true, "Float64Value": true, "NormFloat64": true, "ExpFloat64": true, "Minutes": true, "Hours": true,
}

// round are constants that are integers, and as exact: 1e18.
var round = regexp.MustCompile(`^[0-9]+e[0-9]+$`)

// whole are the constants of package math that are integers.
var whole = regexp.MustCompile(`^(Max|Min)U?[Ii]nt`)

// inexactUse returns how a declaration uses floating point; empty when it does not.
func inexactUse(n ast.Node) (why string) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.Ident:
			if floating[x.Name] && why == "" {
				why = x.Name
			}
		case *ast.BasicLit:
			if x.Kind == token.FLOAT && !round.MatchString(x.Value) && why == "" {
				why = x.Value
			}
			if x.Kind == token.STRING && verb.MatchString(x.Value) && why == "" {
				why = verb.FindString(x.Value)
			}
		case *ast.SelectorExpr:
			if pkg, ok := x.X.(*ast.Ident); ok && pkg.Name == "math" && !whole.MatchString(x.Sel.Name) && why == "" {
				why = "math." + x.Sel.Name
			}
		}
		return true
	})
	return why
}

// verb is how fmt writes a floating point number.
var verb = regexp.MustCompile(`%[-+# 0]*[0-9]*(\.[0-9]+)?[eEfFgG]\b`)

// moneyIn returns what a declaration mentions that is money. Of a struct only the
// fields count that use floating point themselves.
func moneyIn(n ast.Node) (found string) {
	if spec, ok := n.(*ast.TypeSpec); ok {
		if of, ok := spec.Type.(*ast.StructType); ok {
			for _, field := range of.Fields.List {
				if inexactUse(field) != "" && found == "" {
					found = moneyIn(field)
				}
			}
			return found
		}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		if x, ok := n.(*ast.Ident); ok && found == "" && money.MatchString(x.Name) {
			found = x.Name
		}
		return true
	})
	return found
}

// looseJSON returns a variable of any type that JSON is decoded into.
func looseJSON(n ast.Node) (found string) {
	loose, exact := map[string]bool{}, false
	ast.Inspect(n, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.ValueSpec:
			for _, name := range x.Names {
				loose[name.Name] = loose[name.Name] || anything(x.Type)
			}
		case *ast.AssignStmt:
			for i, left := range x.Lhs {
				if name, ok := left.(*ast.Ident); ok && i < len(x.Rhs) {
					if lit, ok := x.Rhs[i].(*ast.CompositeLit); ok {
						loose[name.Name] = loose[name.Name] || anything(lit.Type)
					}
				}
			}
		case *ast.SelectorExpr:
			exact = exact || x.Sel.Name == "UseNumber"
		}
		return true
	})
	if exact {
		return ""
	}
	ast.Inspect(n, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		name, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || (name.Sel.Name != "Unmarshal" && name.Sel.Name != "Decode") {
			return true
		}
		for _, arg := range call.Args {
			if address, ok := arg.(*ast.UnaryExpr); ok && address.Op == token.AND {
				if into, ok := address.X.(*ast.Ident); ok && loose[into.Name] {
					found = into.Name
				}
			}
		}
		return true
	})
	return found
}

// anything reports whether a type holds values of every type.
func anything(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.Ident:
		return x.Name == "any"
	case *ast.InterfaceType:
		return len(x.Methods.List) == 0
	case *ast.MapType:
		return anything(x.Value)
	case *ast.ArrayType:
		return anything(x.Elt)
	}
	return false
}
