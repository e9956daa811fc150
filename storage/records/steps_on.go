//go:build faults && unix

package records

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"privd/storage/crash"
)

// steps are the names of what a transaction stores: where this build may die.
type steps struct{ names []string }

func (s *steps) join(more steps) {
	for _, name := range more.names {
		if !slices.Contains(s.names, name) {
			s.names = append(s.names, name)
		}
	}
}

func (s *steps) before() { crash.Before(s.names...) }
func (s *steps) after()  { crash.After(s.names...) }

// noted names what is put, or removed when v is nil, for what it is and for what of it
// changes. Nothing has to be said of a new table, field or state for it to have a name.
func noted[V any](tx *Tx, t *table[V], k key, v *V) {
	if slices.Contains(derived, t.name) {
		return
	}
	var old *V
	if was, err := t.get(tx, k); err == nil {
		old = &was
	}
	if v != nil {
		// As it will be read again: what is not stored does not differ.
		if b, err := tx.codec.encode(v); err == nil {
			var stored V
			if tx.codec.decode(b, &stored) == nil {
				v = &stored
			}
		}
	}
	if name := stepName(t.name, old, v); name != "" {
		tx.steps.join(steps{[]string{name}})
	}
}

// derived are the tables whose rows follow, in the same transaction, from a row of
// another: they are no steps of their own.
var derived = []string{"journal", "earnings summary", "listing statistics", "seller statistics", "card", "block", "fingerprint"}

// stepName returns "table[/kind]/what": what is the state that a row is new in, or comes
// to; the fields that change while its state stays; "again" when only its reasons and
// times do; "gone" when it is removed; "" when nothing changes.
func stepName[V any](table string, old, v *V) string {
	row := v
	if row == nil {
		row = old
	}
	if row == nil {
		return ""
	}
	name := strings.ReplaceAll(table, " ", "-")
	value := reflect.ValueOf(*row)
	if kind := kindOf(value); kind != "" {
		name += "/" + kind
	}
	if v == nil {
		return name + "/gone"
	}
	state := stateOf(value)
	if old == nil {
		return name + "/" + cmpOr(state, "new")
	}
	if before := stateOf(reflect.ValueOf(*old)); before != state {
		return name + "/" + state
	}
	fields, same := changed(reflect.ValueOf(*old), value)
	switch {
	case same:
		return ""
	case len(fields) == 0:
		fields = []string{"again"}
	}
	if state != "" {
		name += "/" + state
	}
	return name + "/" + strings.Join(fields, "+")
}

func cmpOr(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// kindOf returns what kind of row it is, where a table holds several: of a task or an
// event its kind, of a transaction what it is for.
func kindOf(row reflect.Value) string {
	if row.Kind() != reflect.Struct {
		return ""
	}
	if kind := row.FieldByName("Kind"); kind.IsValid() {
		return word(kind)
	}
	if tries, key := row.FieldByName("Tries"), row.FieldByName("Key"); tries.IsValid() && key.Kind() == reflect.String {
		what, _, _ := strings.Cut(key.String(), "/")
		return what
	}
	return ""
}

func stateOf(row reflect.Value) string {
	if row.Kind() != reflect.Struct {
		return ""
	}
	for _, name := range []string{"State", "Status"} {
		if field := row.FieldByName(name); field.IsValid() {
			return word(field)
		}
	}
	return ""
}

func word(v reflect.Value) string {
	return strings.ReplaceAll(fmt.Sprint(v.Interface()), " ", "-")
}

// passing are fields that say when and why, and what was done: not where a row stands.
var passing = []string{"UpdatedAt", "Steps", "Reason", "RetryAt", "Due", "Revision", "Attempts", "LastError", "Why", "Ahead", "Fetched"}

// changed returns the names of the fields that differ, those that are passing left out,
// and whether nothing differs at all.
func changed(old, new reflect.Value) (fields []string, same bool) {
	if new.Kind() != reflect.Struct {
		return nil, reflect.DeepEqual(old.Interface(), new.Interface())
	}
	same = true
	for i := range new.NumField() {
		field := new.Type().Field(i)
		if !field.IsExported() || reflect.DeepEqual(old.Field(i).Interface(), new.Field(i).Interface()) {
			continue
		}
		same = false
		if field.Type.Kind() == reflect.Struct && field.Type.NumField() > 0 && field.Type.PkgPath() == new.Type().PkgPath() {
			inner, _ := changed(old.Field(i), new.Field(i))
			for _, name := range inner {
				fields = append(fields, kebab(field.Name)+"."+name)
			}
			continue
		}
		if !slices.Contains(passing, field.Name) {
			fields = append(fields, kebab(field.Name))
		}
	}
	return fields, same
}

// kebab writes HandedOut as handed-out.
func kebab(name string) string {
	var out strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 && !unicode.IsUpper(rune(name[i-1])) {
			out.WriteByte('-')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}
