package index

import "slices"

// counts says, for each class and each price step, how many listings of each block
// are cheaper than the step; the row after the last step counts all of them. It
// grows by panels of laneBlocks blocks, so that growing never copies.
type counts struct{ panels []panel }

type panel struct {
	classes [MaxClasses][]*lane // by step; nil where no listing of the class was ever
}

// laneBlocks is how many blocks a lane counts for.
const laneBlocks = 1 << 8

// lane is the counts of one class and step. They wrap around on the way, never in
// the end: a block holds few enough.
type lane [laneBlocks]uint16

// grow makes room for a block.
func (c *counts) grow(id uint32) {
	if int(id/laneBlocks) == len(c.panels) {
		c.panels = append(c.panels, panel{})
	}
}

// lanes returns the counts of a class where a block has its own.
func (c *counts) lanes(class Class, id uint32, st *steps) []*lane {
	p := &c.panels[id/laneBlocks]
	if p.classes[class] == nil {
		lanes := make([]lane, st.count()) // side by side
		p.classes[class] = make([]*lane, len(lanes))
		for i := range lanes {
			p.classes[class][i] = &lanes[i]
		}
	}
	return p.classes[class]
}

// add counts one listing in or, with by -1, out.
func (c *counts) add(class Class, step int, id uint32, by int, st *steps) {
	at, n := id%laneBlocks, uint16(by)
	for _, l := range c.lanes(class, id, st)[step:] {
		l[at] += n
	}
}

// addAll counts a tally in or, with sign -1, out.
func (c *counts) addAll(t *tally, id uint32, sign int) {
	at := id % laneBlocks
	for class := range Class(MaxClasses) {
		if t.steps[class] == nil {
			continue
		}
		sum := uint16(0)
		for step, l := range c.lanes(class, id, t.of) {
			sum += t.steps[class][step]
			l[at] += sum * uint16(sign)
		}
	}
}

// tally is listings to be counted, by class and step.
type tally struct {
	steps [MaxClasses][]uint16
	of    *steps
}

func (t *tally) add(class Class, step int, st *steps) {
	t.of = st
	if t.steps[class] == nil {
		t.steps[class] = make([]uint16, st.count())
	}
	t.steps[class][step]++
}

// insertStep makes room for a step before the one at index i. Its counts are those
// of its neighbour, given by near, until the caller corrects them.
func (c *counts) insertStep(i, near int) {
	for p := range c.panels {
		for class, lanes := range c.panels[p].classes {
			if lanes == nil {
				continue
			}
			fresh := new(lane)
			if near >= 0 {
				*fresh = *lanes[near]
			}
			c.panels[p].classes[class] = slices.Insert(lanes, i, fresh)
		}
	}
}

// removeStep forgets a step.
func (c *counts) removeStep(i int) {
	for p := range c.panels {
		for class, lanes := range c.panels[p].classes {
			if lanes != nil {
				c.panels[p].classes[class] = slices.Delete(lanes, i, i+1)
			}
		}
	}
}

// correct changes the count of one listing at one step alone.
func (c *counts) correct(class Class, step int, id uint32, by int, st *steps) {
	c.lanes(class, id, st)[step][id%laneBlocks] += uint16(by)
}

// sum adds to out, by block number, the counts of a class at a step; with sign -1 it
// subtracts them.
func (c *counts) sum(out []int32, class Class, step int, sign int32) {
	for i := range c.panels {
		lanes := c.panels[i].classes[class]
		if lanes == nil {
			continue
		}
		l, part := lanes[step], out[i*laneBlocks:][:laneBlocks]
		for j := range part {
			part[j] += sign * int32(l[j])
		}
	}
}
