package records

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"privd/market"
	"privd/market/content"
)

// MaxPackBlocks is how many blocks a pack may have, so that recording it fits one
// transaction: 16 GiB at 1 MiB a leaf.
const MaxPackBlocks = 1 << 14

// packRow is a pack without its id, which is the key.
type packRow struct {
	Size   int64
	Blocks blockList
}

// Place tells where one copy of a block is.
type Place struct {
	Pack   string
	Offset int64
	Length int32
}

// PutPack records a pack, which makes its blocks visible. Recording it again
// replaces it.
func (tx *Tx) PutPack(p content.Pack) error {
	if len(p.Blocks) > MaxPackBlocks {
		return market.Fail(market.TooLarge, fmt.Sprintf("a pack holds at most %d blocks, this one has %d", MaxPackBlocks, len(p.Blocks)))
	}
	if err := tx.DeletePack(p.ID); err != nil {
		return err
	}
	for _, b := range p.Blocks {
		all, err := tx.Places(b.Multihash)
		if err != nil {
			return err
		}
		all = append(all, Place{p.ID, b.Offset, b.Length})
		if err := places.putAt(tx, key(b.Multihash), all); err != nil {
			return err
		}
	}
	return packs.putAt(tx, textKey(p.ID), packRow{p.Size, p.Blocks})
}

// Pack returns a recorded pack; NotFound when there is none.
func (tx *Tx) Pack(id string) (content.Pack, error) {
	r, err := packs.get(tx, textKey(id))
	return content.Pack{ID: id, Size: r.Size, Blocks: r.Blocks}, err
}

// HasPack reports whether a pack is recorded.
func (tx *Tx) HasPack(id string) (bool, error) { return packs.has(tx, textKey(id)) }

// DeletePack forgets a pack, which makes its blocks invisible unless another pack
// has them too. Forgetting what is gone is fine. The file is the caller's to
// remove, once the transaction is committed.
func (tx *Tx) DeletePack(id string) error {
	r, err := packs.get(tx, textKey(id))
	if errors.Is(err, market.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, b := range r.Blocks {
		if err := tx.forget(b.Multihash, id); err != nil {
			return err
		}
	}
	return packs.remove(tx, textKey(id))
}

// forget removes one block of one pack from the index.
func (tx *Tx) forget(multihash []byte, pack string) error {
	all, err := tx.Places(multihash)
	if err != nil {
		return err
	}
	rest := all[:0:0]
	for _, p := range all {
		if p.Pack != pack {
			rest = append(rest, p)
		}
	}
	if len(rest) == 0 {
		return places.remove(tx, key(multihash))
	}
	return places.putAt(tx, key(multihash), rest)
}

// ForgetBlock removes a block from every pack's list. It returns the packs that
// hold nothing else any more and are forgotten with it; their files are the
// caller's to remove.
func (tx *Tx) ForgetBlock(multihash []byte) (empty []string, err error) {
	all, err := tx.Places(multihash)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		r, err := packs.get(tx, textKey(p.Pack))
		if err != nil {
			return nil, err
		}
		rest := r.Blocks[:0:0]
		for _, b := range r.Blocks {
			if !bytes.Equal(b.Multihash, multihash) {
				rest = append(rest, b)
			}
		}
		if len(rest) == 0 {
			empty = append(empty, p.Pack)
			err = packs.remove(tx, textKey(p.Pack))
		} else {
			err = packs.putAt(tx, textKey(p.Pack), packRow{r.Size, rest})
		}
		if err != nil {
			return nil, err
		}
	}
	return empty, places.remove(tx, key(multihash))
}

// Places returns where a block is, none when it is not here.
func (tx *Tx) Places(multihash []byte) ([]Place, error) {
	all, err := places.get(tx, key(multihash))
	if errors.Is(err, market.ErrNotFound) {
		return nil, nil
	}
	return all, err
}

// EachPack calls each with the id, size and number of blocks of every recorded
// pack whose id is greater than after, in order, until it returns false.
func (tx *Tx) EachPack(after string, each func(content.Pack) bool) error {
	from := packs.at(nil)
	if after != "" {
		// The key of after itself, plus a byte: the next key there can be.
		from = append(packs.at(textKey(after)), 0)
	}
	return tx.scan(packs.at(nil), from, false, func(k, b []byte) (bool, error) {
		var r packRow
		if err := tx.codec.decode(b, &r); err != nil {
			return false, packs.fault(err)
		}
		id, err := readText(k[1:])
		if err != nil {
			return false, packs.fault(err)
		}
		return each(content.Pack{ID: id, Size: r.Size, Blocks: r.Blocks}), nil
	})
}

// EachPackID calls each with the id of every recorded pack, in order, until it
// returns false.
func (tx *Tx) EachPackID(each func(id string) bool) error {
	return tx.scan(packs.at(nil), nil, false, func(k, _ []byte) (bool, error) {
		id, err := readText(k[1:])
		if err != nil {
			return false, packs.fault(err)
		}
		return each(id), nil
	})
}

// EachBlock calls each with the multihash of every visible block greater than
// after, in order, until it returns false.
func (tx *Tx) EachBlock(after []byte, each func(multihash []byte) bool) error {
	from := places.at(nil)
	if after != nil {
		from = append(places.at(key(after)), 0)
	}
	return tx.scan(places.at(nil), from, false, func(k, _ []byte) (bool, error) {
		return each(k[1:]), nil
	})
}

// readText is the inverse of key.text for a key of one component.
func readText(k []byte) (string, error) {
	var out []byte
	for i := 0; i+1 < len(k); i++ {
		if k[i] != 0 {
			out = append(out, k[i])
			continue
		}
		switch k[i+1] {
		case 1:
			return string(out), nil
		case 0xFF:
			out = append(out, 0)
			i++
		default:
			return "", errors.New("malformed key")
		}
	}
	return "", errors.New("malformed key")
}

// blockList is the blocks of a pack in few bytes: 40 for a SHA-256 one.
type blockList []content.Block

// MarshalBinary returns count, then length of the multihash, multihash, offset and
// length of each block, numbers as varints.
func (l blockList) MarshalBinary() ([]byte, error) {
	out := binary.AppendUvarint(make([]byte, 0, 8+len(l)*44), uint64(len(l)))
	for _, b := range l {
		if b.Offset < 0 || b.Length < 0 {
			return nil, errors.New("block at a negative place")
		}
		out = binary.AppendUvarint(out, uint64(len(b.Multihash)))
		out = append(out, b.Multihash...)
		out = binary.AppendUvarint(out, uint64(b.Offset))
		out = binary.AppendUvarint(out, uint64(b.Length))
	}
	return out, nil
}

// UnmarshalBinary is the inverse of MarshalBinary.
func (l *blockList) UnmarshalBinary(b []byte) error {
	r := packed{b: b}
	n := r.number(1 << 20)
	*l = make(blockList, 0, min(n, uint64(len(b))))
	for range n {
		block := content.Block{Multihash: bytes.Clone(r.text(128))}
		block.Offset = int64(r.number(1 << 62))
		block.Length = int32(r.number(1 << 30))
		if r.bad {
			break
		}
		*l = append(*l, block)
	}
	return r.end()
}

// placeList is the places of one block in few bytes.
type placeList []Place

// MarshalBinary returns count, then length of the pack id, pack id, offset and
// length of each place, numbers as varints.
func (l placeList) MarshalBinary() ([]byte, error) {
	out := binary.AppendUvarint(nil, uint64(len(l)))
	for _, p := range l {
		if p.Offset < 0 || p.Length < 0 {
			return nil, errors.New("block at a negative place")
		}
		out = binary.AppendUvarint(out, uint64(len(p.Pack)))
		out = append(out, p.Pack...)
		out = binary.AppendUvarint(out, uint64(p.Offset))
		out = binary.AppendUvarint(out, uint64(p.Length))
	}
	return out, nil
}

// UnmarshalBinary is the inverse of MarshalBinary.
func (l *placeList) UnmarshalBinary(b []byte) error {
	r := packed{b: b}
	n := r.number(1 << 20)
	*l = make(placeList, 0, min(n, uint64(len(b))))
	for range n {
		place := Place{Pack: string(r.text(256))}
		place.Offset = int64(r.number(1 << 62))
		place.Length = int32(r.number(1 << 30))
		if r.bad {
			break
		}
		*l = append(*l, place)
	}
	return r.end()
}

// packed reads what the lists wrote. After the first fault it reads zeros.
type packed struct {
	b   []byte
	bad bool
}

func (r *packed) number(most uint64) uint64 {
	n, size := binary.Uvarint(r.b)
	if r.bad = r.bad || size <= 0 || n > most; r.bad {
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *packed) text(most uint64) []byte {
	n := r.number(most)
	if r.bad = r.bad || n > uint64(len(r.b)); r.bad {
		return nil
	}
	text := r.b[:n]
	r.b = r.b[n:]
	return text
}

func (r *packed) end() error {
	if r.bad || len(r.b) > 0 {
		return errors.New("malformed list")
	}
	return nil
}
