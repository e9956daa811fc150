package records

import (
	"reflect"
	"sync"
	"unsafe"

	"github.com/ipfs/go-cid"
)

// The CID that names nothing encodes as no bytes, which go-cid refuses to read
// back. So a type that holds CIDs is encoded through a stand-in: the same type
// with storedCID in place of cid.Cid, laid over the same memory.

// storedCID is a CID that may be undefined.
type storedCID struct{ cid cid.Cid }

// MarshalBinary returns the CID's bytes, none for the undefined one.
func (s storedCID) MarshalBinary() ([]byte, error) { return s.cid.Bytes(), nil }

// UnmarshalBinary is the inverse of MarshalBinary.
func (s *storedCID) UnmarshalBinary(b []byte) error {
	if len(b) == 0 {
		s.cid = cid.Undef
		return nil
	}
	return s.cid.UnmarshalBinary(b)
}

// standIns caches the stand-in of each type. It is a memo of a pure function.
var standIns sync.Map // reflect.Type -> reflect.Type

// stand returns the pointer v as a pointer to the stand-in of its element.
func stand(v reflect.Value) reflect.Value {
	t := v.Type().Elem()
	s, known := standIns.Load(t)
	if !known {
		s, _ = standIns.LoadOrStore(t, standIn(t))
	}
	if s := s.(reflect.Type); s != t {
		return reflect.NewAt(s, unsafe.Pointer(v.Pointer()))
	}
	return v
}

var cidType = reflect.TypeFor[cid.Cid]()

// standIn returns the stand-in of t: t itself where no CID is inside.
func standIn(t reflect.Type) reflect.Type {
	s := t
	switch {
	case t == cidType:
		s = reflect.TypeFor[storedCID]()
	case marshalsItself(t):
	case t.Kind() == reflect.Slice:
		if e := standIn(t.Elem()); e != t.Elem() {
			s = reflect.SliceOf(e)
		}
	case t.Kind() == reflect.Array:
		if e := standIn(t.Elem()); e != t.Elem() {
			s = reflect.ArrayOf(t.Len(), e)
		}
	case t.Kind() == reflect.Pointer:
		if e := standIn(t.Elem()); e != t.Elem() {
			s = reflect.PointerTo(e)
		}
	case t.Kind() == reflect.Map:
		if standIn(t.Key()) != t.Key() || standIn(t.Elem()) != t.Elem() {
			panic("records: a stored map must not hold CIDs: " + t.String())
		}
	case t.Kind() == reflect.Struct:
		s = standInStruct(t)
	}
	if s != t && (s.Size() != t.Size() || s.Align() != t.Align() || s.Kind() != t.Kind()) {
		panic("records: stand-in does not fit " + t.String())
	}
	return s
}

func standInStruct(t reflect.Type) reflect.Type {
	fields := make([]reflect.StructField, t.NumField())
	changed := false
	for i := range fields {
		f := t.Field(i)
		e := standIn(f.Type)
		changed = changed || e != f.Type
		fields[i] = reflect.StructField{Name: f.Name, PkgPath: f.PkgPath, Type: e, Tag: f.Tag}
	}
	if !changed {
		return t
	}
	s := reflect.StructOf(fields)
	for i := range fields {
		if s.Field(i).Offset != t.Field(i).Offset {
			panic("records: stand-in does not fit " + t.String())
		}
	}
	return s
}

func marshalsItself(t reflect.Type) bool {
	type binary interface{ MarshalBinary() ([]byte, error) }
	return t.Implements(reflect.TypeFor[binary]()) || reflect.PointerTo(t).Implements(reflect.TypeFor[binary]())
}
