package sim

import (
	"context"
	"slices"
)

// Shrink makes a story that fails shorter: it leaves out runs, then faults, then ever
// smaller stretches of what is left, as long as fails says that it still does. It
// ends with ctx, or when nothing can be left out. What it returns fails, as far as
// can be said of something that takes place in real time.
func Shrink(ctx context.Context, s Story, fails func(Story) bool) Story {
	try := func(ops []Op) bool {
		if len(ops) == len(s.Ops) || ctx.Err() != nil {
			return false
		}
		shorter := s
		shorter.Ops = ops
		if !fails(shorter) || ctx.Err() != nil {
			return false
		}
		s = shorter
		return true
	}
	for {
		before := len(s.Ops)
		for half := s.runs(); len(half) > 1; half = s.runs() {
			// Which half of the runs fails? Often one run is enough.
			middle := len(half) / 2
			if !try(s.only(half[:middle])) && !try(s.only(half[middle:])) {
				break
			}
		}
		for _, run := range s.runs() {
			try(slices.DeleteFunc(slices.Clone(s.Ops), func(o Op) bool { return o.Run == run }))
		}
		try(slices.DeleteFunc(slices.Clone(s.Ops), func(o Op) bool { return o.Run == 0 }))
		for size := max(1, len(s.Ops)/2); size >= 1; size /= 2 {
			for at := 0; at < len(s.Ops); {
				if !try(slices.Delete(slices.Clone(s.Ops), at, min(len(s.Ops), at+size))) {
					at += size
				}
			}
		}
		if len(s.Ops) == before || ctx.Err() != nil {
			s.Runs = len(s.runs())
			return s
		}
	}
}

// runs lists the runs a story has, without the faults that belong to all.
func (s Story) runs() (runs []int) {
	for _, o := range s.Ops {
		if o.Run != 0 && !slices.Contains(runs, o.Run) {
			runs = append(runs, o.Run)
		}
	}
	return runs
}

// only returns the operations of some runs, and what belongs to all.
func (s Story) only(runs []int) []Op {
	return slices.DeleteFunc(slices.Clone(s.Ops), func(o Op) bool { return o.Run != 0 && !slices.Contains(runs, o.Run) })
}
