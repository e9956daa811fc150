package purchase

import (
	"fmt"
	"time"

	"privd/market"
)

// FaultKind says in which way a seller did not deliver. Values are stored.
type FaultKind string

// The kinds.
const (
	// FaultKey: what the seller sealed is not the listing key, and the time to dispute
	// it on chain ran out.
	FaultKey FaultKind = "key"
	// FaultBundle: the key is right, and opens file keys that are not the promised ones.
	// The contract cannot see that.
	FaultBundle FaultKind = "bundle"
	// FaultContent: the file key is right, and what it opens is not what was promised.
	FaultContent FaultKind = "content"
	// FaultSilence: the sale was settled, and the access it bought ended, before any key
	// came. It takes a delegate key that signed a receipt and a node that lost it.
	FaultSilence FaultKind = "silence"
)

// Fault is what was found wrong with what a seller delivered.
type Fault struct {
	Kind FaultKind
	// Entry is the file of the manifest that is at fault, of a bundle or a content.
	Entry int
	Found time.Time
}

// String says it in words.
func (f Fault) String() string {
	switch f.Kind {
	case FaultKey:
		return "the seller sealed a wrong key, and the time to dispute it is over"
	case FaultBundle:
		return fmt.Sprintf("the seller's key is right but the bundle it opens does not hold the promised key of file %d", f.Entry+1)
	case FaultContent:
		return fmt.Sprintf("file %d is not what the listing describes", f.Entry+1)
	}
	return "the sale was settled and no key came"
}

// spoil ends a purchase whose buyer got something else than was promised. No receipt
// is signed. Whether the price comes back is up to the chain: until the seller has
// revealed, the deadline gives it back.
func (p *Purchase) spoil(f Fault, now time.Time) {
	p.Fault = &f
	p.to(Garbage, f.String(), market.Hash{}, now)
	p.Reason = f.String()
}
