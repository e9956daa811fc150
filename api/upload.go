package api

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"

	"privd/api/oas"
	"privd/market"
	"privd/market/contribution"
	"privd/market/media"
)

// UploadContribution implements oas.StrictServerInterface. The file goes to the
// vault as it arrives; it becomes a contribution once every field is in.
func (h *handlers) UploadContribution(ctx context.Context, r oas.UploadContributionRequestObject) (oas.UploadContributionResponseObject, error) {
	u := upload{h: h, user: user(ctx)}
	u.form = uploadForm{file: u.file, field: u.field, known: []string{
		"contribution_type", "consent_ai_training", "consent_research", "consent_commercial", "metadata",
	}}
	c, err := u.take(ctx, r.Body)
	if err != nil {
		if !u.form.ended {
			// The rest of the body is not wanted.
			hangUp(callOf(ctx).answer)
		}
		return nil, err
	}
	reward, wei := priv(contribution.Reward(c.Kind, c.Consent))
	return oas.UploadContribution200JSONResponse{Success: true, Data: oas.UploadedContribution{
		ContributionID: string(c.ID), FileHash: c.FileHash.Hex(), StoragePath: storagePath(c),
		EstimatedReward: reward, EstimatedRewardWei: wei, Status: oas.ContributionStatusPending,
	}}, nil
}

// upload is a contribution as its form comes in.
type upload struct {
	h        *handlers
	user     market.UserID
	form     uploadForm
	kind     media.Kind
	received *contribution.Received
}

func (u *upload) take(ctx context.Context, body *multipart.Reader) (contribution.Contribution, error) {
	err := u.form.read(ctx, body)
	var form contribution.Form
	if err == nil {
		form, err = u.filled()
	}
	if err != nil {
		return contribution.Contribution{}, errors.Join(err, u.drop())
	}
	// From here on Accept drops what it refuses.
	return u.h.Contributions.Accept(ctx, u.received, form)
}

func (u *upload) drop() error {
	if u.received == nil {
		return nil
	}
	return u.h.Contributions.Drop(u.received)
}

func (u *upload) file(ctx context.Context, part *multipart.Part) (err error) {
	if u.received != nil {
		return market.BadField("file", "file was sent more than once")
	}
	u.received, err = u.h.Contributions.Receive(ctx, u.user, contribution.File{
		Filename: part.FileName(), DeclaredType: part.Header.Get("Content-Type"), Kind: u.kind,
	}, uploadReader{part})
	return err
}

func (u *upload) field(name, value string) (err error) {
	if err := u.form.once(name, value); err != nil {
		return err
	}
	if name == "contribution_type" {
		u.kind, err = media.ParseKind(value)
	}
	return err
}

// filled checks that everything came.
func (u *upload) filled() (f contribution.Form, err error) {
	if u.received == nil {
		return f, market.BadField("file", "file is required")
	}
	if _, ok := u.form.fields["contribution_type"]; !ok {
		return f, market.BadField("contribution_type", "contribution_type is required")
	}
	f.Kind, f.Metadata = u.kind, u.form.fields["metadata"]
	for _, b := range []struct {
		name string
		to   *bool
	}{
		{"consent_ai_training", &f.Consent.AI}, {"consent_research", &f.Consent.Research}, {"consent_commercial", &f.Consent.Commercial},
	} {
		if *b.to, err = u.boolean(b.name); err != nil {
			return f, err
		}
	}
	return f, nil
}

func (u *upload) boolean(name string) (bool, error) {
	value, ok := u.form.fields[name]
	if !ok {
		return false, market.BadField(name, name+" is required")
	}
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	}
	return false, market.BadField(name, name+" must be true or false")
}

// uploadReader says of an error of the connection that it was the client's.
type uploadReader struct{ r io.Reader }

// Read implements io.Reader.
func (u uploadReader) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = brokenUpload(err)
	}
	return n, err
}

func brokenUpload(err error) error {
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		return &market.Error{Code: market.TooLarge, Field: "file", Message: "the upload is larger than any file may be", Err: err}
	}
	return &market.Error{Code: market.Invalid, Message: "the multipart body is malformed or ended early", Err: err}
}
