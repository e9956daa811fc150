//go:build !faults || !unix

package records

// steps are the names of what a transaction stores, for a build that dies at them
// (storage/crash). In this one they are nothing.
type steps struct{}

func (*steps) join(steps) {}
func (*steps) before()    {}
func (*steps) after()     {}

// noted is told of each row that is put, or removed when v is nil.
func noted[V any](*Tx, *table[V], key, *V) {}
