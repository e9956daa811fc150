package blocks

import (
	"container/list"
	"errors"
	"os"
	"sync"
)

// files keeps packs open for reading, the least recently used ones closed again.
type files struct {
	mu    sync.Mutex
	most  int
	open  map[string]*list.Element // of *openFile
	order *list.List               // most recently used first
}

type openFile struct {
	id    string
	file  *os.File
	users int
	gone  bool // close when the last user leaves
}

func newFiles(most int) *files {
	return &files{most: most, open: make(map[string]*list.Element), order: list.New()}
}

// use opens the pack id at path, or returns it open already. done must be called
// when reading is over.
func (f *files) use(id, path string) (file *os.File, done func(), err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e, open := f.open[id]
	if !open {
		file, err := os.Open(path)
		if err != nil {
			return nil, nil, err
		}
		e = f.order.PushFront(&openFile{id: id, file: file})
		f.open[id] = e
	}
	f.order.MoveToFront(e)
	o := e.Value.(*openFile)
	o.users++
	f.shrink()
	return o.file, func() { f.leave(o) }, nil
}

func (f *files) leave(o *openFile) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if o.users--; o.gone && o.users == 0 {
		_ = o.file.Close() // read-only: nothing can be lost
	}
}

// shrink drops the least recently used files over the bound.
func (f *files) shrink() {
	for f.order.Len() > f.most {
		_ = f.drop(f.order.Back())
	}
}

func (f *files) drop(e *list.Element) error {
	o := f.order.Remove(e).(*openFile)
	delete(f.open, o.id)
	if o.users > 0 {
		o.gone = true
		return nil
	}
	return o.file.Close()
}

// forget closes a pack, as soon as nobody reads it.
func (f *files) forget(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e, open := f.open[id]; open {
		_ = f.drop(e)
	}
}

func (f *files) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all error
	for f.order.Len() > 0 {
		all = errors.Join(all, f.drop(f.order.Back()))
	}
	return all
}
