package index

// Class divides listings by what filters ask for beside the price.
type Class uint8

// MaxClasses is how many classes there may be.
const MaxClasses = 16

// Classes is a set of classes.
type Classes uint16

// Set returns the set of some classes.
func Set(classes ...Class) (s Classes) {
	for _, c := range classes {
		s |= 1 << c
	}
	return s
}

func (s Classes) has(c Class) bool { return s>>c&1 != 0 }

// item is a class and a slot in one word, as blocks hold it, so that a class is
// looked for without a look at the row.
type item uint32

const slotBits = 28

func newItem(c Class, s Slot) item { return item(c)<<slotBits | item(s) }

func (it item) class() Class { return Class(it >> slotBits) }
func (it item) slot() Slot   { return Slot(it & (1<<slotBits - 1)) }
