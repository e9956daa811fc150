package dataset

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"privd/market"
	"privd/market/content"
)

// MaxSize is how large a dataset may be, in bytes.
const MaxSize = 500 << 20

// Service takes datasets in and keeps what is known of them. Its fields are
// required.
type Service struct {
	Store market.Store[Tx]
	Vault content.Vault
	Clock market.Clock
}

// File is what is known of an upload before its bytes.
type File struct {
	Filename     string
	DeclaredType string
}

// Received is a file that is durable, encrypted and read as a table, but belongs to
// nothing yet: whoever lists it makes it a dataset, or it is dropped.
type Received struct {
	user    market.UserID
	content string
	format  Format
	hash    market.Hash
	stored  content.Stored
	found   summary
}

// User returns who gave the file.
func (r *Received) User() market.UserID { return r.user }

// Content returns the name under which the vault has the file.
func (r *Received) Content() string { return r.content }

// Pack returns where the blocks of the file are, to be recorded with the dataset.
func (r *Received) Pack() content.Pack { return r.stored.Pack }

// summary is what one pass over a file found.
type summary struct {
	mime    string
	columns []Column
	dialect Dialect
	records int64
	header  string   // of a CSV file that has one, as it stands there
	rows    []string // the first records, as they stand there
}

// prefixContent begins the names of datasets in the vault. The owner's id of a
// dataset may be used again once it is free; a name in the vault may not.
const prefixContent = "dset_"

// sniffLen is how much of a file is looked at before it is stored.
const sniffLen = 512

// Receive takes the file in one pass: hash, encrypt, store, and read it as a table.
// A file that is no table is Invalid, with the row; one over MaxSize is TooLarge. On
// any error nothing is left.
func (s *Service) Receive(ctx context.Context, user market.UserID, file File, r io.Reader) (*Received, error) {
	buffered := bufio.NewReaderSize(r, sniffLen)
	head, err := buffered.Peek(sniffLen)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read upload: %w", err)
	}
	if len(head) == 0 {
		return nil, market.BadField("file", "file is empty")
	}
	format, err := resolve(file.DeclaredType, file.Filename, head)
	if err != nil {
		return nil, err
	}
	in := newIntake(buffered, format)
	received := &Received{user: user, content: market.NewID[string](prefixContent), format: format}
	received.stored, err = s.Vault.Store(ctx, received.content, in)
	read := in.end(err)
	if err != nil {
		return nil, err
	}
	received.found, received.hash = read.summary, market.Hash(in.hash.Sum(nil))
	return received, nil
}

// Drop removes a received file that became no dataset.
func (s *Service) Drop(received *Received) error { return s.Vault.Discard(received.content) }

// intake hashes what passes, fails past the limit, and has a second goroutine read
// it as a table. It ends as the table does: a file that is no table is not stored.
type intake struct {
	r     io.Reader
	left  int64
	hash  hash.Hash
	table *io.PipeWriter
	done  chan outcome
	ended *outcome
}

// outcome is how reading a table went.
type outcome struct {
	summary summary
	err     error
}

func newIntake(r io.Reader, format Format) *intake {
	out, table := io.Pipe()
	in := &intake{r: r, left: MaxSize, hash: sha256.New(), table: table, done: make(chan outcome, 1)}
	go func() {
		var o outcome
		// A file that makes a parser panic must not take the node down with it.
		defer func() {
			if p := recover(); p != nil {
				o = outcome{err: fmt.Errorf("read table: panic: %v", p)}
			}
			_ = out.CloseWithError(o.err)
			in.done <- o
		}()
		if format == JSON {
			o.summary, o.err = parseJSON(out)
		} else {
			o.summary, o.err = parseCSV(out)
		}
	}()
	return in
}

// Read implements io.Reader.
func (i *intake) Read(p []byte) (int, error) {
	n, err := i.r.Read(p)
	if i.left -= int64(n); i.left < 0 {
		return 0, &market.Error{Code: market.TooLarge, Field: "file", Message: "file is larger than 500 MB"}
	}
	i.hash.Write(p[:n])
	if n > 0 {
		// The table's reader leaves early only when something is wrong.
		if _, fault := i.table.Write(p[:n]); fault != nil {
			return 0, i.fault(fault)
		}
	}
	if err == io.EOF { // the true end, as the vault has it
		if read := i.end(nil); read.err != nil {
			return 0, read.err
		}
	}
	return n, err
}

// fault prefers what the table's reader has to say.
func (i *intake) fault(err error) error {
	if read := i.end(err); read.err != nil {
		return read.err
	}
	return err
}

// end ends the table, as the file ends or with an error, and waits for its reader.
func (i *intake) end(err error) outcome {
	if i.ended == nil {
		_ = i.table.CloseWithError(err)
		read := <-i.done
		i.ended = &read
	}
	return *i.ended
}
