package contribution

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"privd/market"
	"privd/market/content"
	"privd/market/media"
	"privd/market/review"
	"privd/market/seal"
	"privd/market/task"
)

// Service takes and reviews contributions. Its fields are required, except Held.
type Service struct {
	Store  market.Store[Tx]
	Vault  content.Vault
	Clock  market.Clock
	Scorer *review.Scorer
	Policy review.Policy
	// MarkKey is what FileMark is keyed with: a secret of the node.
	MarkKey seal.Key
	// Held takes over a contribution that the review held, in that transaction; nil
	// leaves it waiting.
	Held func(tx Tx, c Contribution) error
}

// File is what is known of an upload before its bytes.
type File struct {
	Filename     string
	DeclaredType string
	Kind         media.Kind // media.Unknown until the field has arrived
	// ID is given to fixtures, whose ids are known beforehand; drawn where empty.
	ID market.ContributionID
}

// Received is a file that is durable and encrypted but belongs to nothing yet:
// Accept or Drop decides.
type Received struct {
	id       market.ContributionID
	user     market.UserID
	filename string
	mime     string
	hash     market.Hash
	stored   content.Stored
}

// Form is the rest of an upload.
type Form struct {
	Kind     media.Kind
	Consent  Consent // Version and GivenAt are set by Accept
	Metadata string  // a JSON object, or empty
}

const (
	maxFilename = 255      // bytes
	maxMetadata = 64 << 10 // bytes
	maxDepth    = 64       // of nested objects and arrays in metadata
)

// Receive reads the file in one pass: hash, encrypt, store. Over the limit of its
// type it stops reading and returns TooLarge; on any error nothing is left.
func (s *Service) Receive(ctx context.Context, user market.UserID, file File, r io.Reader) (*Received, error) {
	buffered := bufio.NewReaderSize(r, media.SniffLen)
	head, err := buffered.Peek(media.SniffLen)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read upload: %w", err)
	}
	if len(head) == 0 {
		return nil, market.BadField("file", "file is empty")
	}
	mime, err := media.Resolve(file.DeclaredType, file.Filename, head)
	if err != nil {
		return nil, err
	}
	if file.Kind != media.Unknown {
		if mime, err = media.Settle(file.Kind, mime); err != nil {
			return nil, err
		}
	}
	in := &intake{r: buffered, left: media.Limit(file.Kind, mime), hash: sha256.New()}
	id := file.ID
	if id == "" {
		id = market.NewID[market.ContributionID](market.PrefixContribution)
	}
	stored, err := s.Vault.Store(ctx, string(id), in)
	if err != nil {
		return nil, err
	}
	return &Received{id: id, user: user, filename: cleanName(file.Filename), mime: mime,
		hash: market.Hash(in.hash.Sum(nil)), stored: stored}, nil
}

// intake hashes what passes and fails past the limit.
type intake struct {
	r    io.Reader
	left int64
	hash hash.Hash
}

func (i *intake) Read(p []byte) (int, error) {
	n, err := i.r.Read(p)
	if i.left -= int64(n); i.left < 0 {
		return 0, &market.Error{Code: market.TooLarge, Field: "file", Message: "file is larger than the limit for its type"}
	}
	i.hash.Write(p[:n])
	return n, err
}

// Drop removes a received file that was not accepted.
func (s *Service) Drop(received *Received) error { return s.Vault.Discard(string(received.id)) }

// Accept makes a received file a contribution, pending review. When it refuses,
// the file is gone. The same content of the same user is a Conflict.
func (s *Service) Accept(ctx context.Context, received *Received, form Form) (Contribution, error) {
	c, err := s.contribution(received, form)
	if err == nil {
		err = s.Store.Update(ctx, func(tx Tx) error { return add(tx, c, received.stored.Pack) })
	}
	if err == nil {
		return c, nil
	}
	if market.CodeOf(err) != market.Internal {
		// An internal error may hide a commit that happened; what really belongs to
		// nothing is swept away at the next start.
		err = errors.Join(err, s.Drop(received))
	}
	return Contribution{}, err
}

func (s *Service) contribution(received *Received, form Form) (Contribution, error) {
	mime, err := media.Settle(form.Kind, received.mime)
	if err != nil {
		return Contribution{}, err
	}
	if received.stored.Object.Size > media.Limit(form.Kind, mime) {
		return Contribution{}, &market.Error{Code: market.TooLarge, Field: "file", Message: "file is larger than the limit for its type"}
	}
	metadata, err := cleanMetadata(form.Metadata)
	if err != nil {
		return Contribution{}, err
	}
	now := s.Clock().UTC().Truncate(time.Millisecond)
	consent := form.Consent
	consent.Version, consent.GivenAt = firstVersion, now
	return Contribution{
		ID: received.id, User: received.user, Kind: form.Kind, FileHash: received.hash, Object: received.stored.Object,
		MIME: mime, Filename: received.filename, Metadata: metadata, Consent: consent,
		Status: Pending, CreatedAt: now, UpdatedAt: now,
	}, nil
}

func add(tx Tx, c Contribution, pack content.Pack) error {
	switch id, err := tx.ContributionByHash(c.User, c.FileHash); {
	case err == nil:
		return &market.Error{Code: market.Conflict, Reason: "DUPLICATE_FILE", Field: "file",
			Message: "you have uploaded this file already, as " + string(id)}
	case !errors.Is(err, market.ErrNotFound):
		return err
	}
	if err := errors.Join(tx.PutContribution(c), tx.PutReceipt(newReceipt(c)), tx.PutPack(pack)); err != nil {
		return err
	}
	return tx.PutTask(task.Task{Kind: task.Review, Key: string(c.ID), Due: c.CreatedAt})
}

// cleanName drops the path and control characters of a name a client sent.
func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, name)
	for len(name) > maxFilename {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	if name == "." || name == ".." || name == "/" || name == "" {
		return "file"
	}
	return name
}

func cleanMetadata(text string) ([]byte, error) {
	bad := market.BadField("metadata", "metadata must be a JSON object of at most 64 KiB and 64 levels")
	if strings.TrimSpace(text) == "" {
		return []byte("{}"), nil
	}
	if len(text) > maxMetadata || !utf8.ValidString(text) || depth(text) > maxDepth {
		return nil, bad
	}
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &object) != nil || object == nil {
		return nil, bad
	}
	var out bytes.Buffer
	if json.Compact(&out, []byte(text)) != nil {
		return nil, bad
	}
	return out.Bytes(), nil
}

// depth counts how deep arrays and objects nest. Parsers give up at different
// depths, and one file must not make a whole list unreadable.
func depth(text string) (deepest int) {
	var now int
	var quoted bool
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{', c == '[':
			now++
			deepest = max(deepest, now)
		case c == '}', c == ']':
			now--
		}
	}
	return deepest
}
