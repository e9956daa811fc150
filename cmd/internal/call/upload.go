package call

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"

	"privd/api/oas"
)

// Upload is a file to give to a node.
type Upload struct {
	Name     string    // as the node shall remember it
	Content  io.Reader // read to its end
	Size     int64     // of Content in bytes
	Type     string    // photo, video, voice or text
	AI       bool      // consent to train models
	Research bool      // consent to research
	Commerce bool      // consent to sell
	Metadata string    // a JSON object; may be empty
}

// Upload sends a file as a contribution. It may take as long as the file needs.
func (n Node) Upload(ctx context.Context, u Upload) (oas.UploadedContribution, error) {
	head, tail, contentType, err := u.form()
	if err != nil {
		return oas.UploadedContribution{}, fmt.Errorf("make form: %w", err)
	}
	// The length is known, so the node may refuse before anything is sent.
	body := io.MultiReader(bytes.NewReader(head), u.Content, bytes.NewReader(tail))
	req, err := n.Request(ctx, http.MethodPost, "/contributions/upload", io.NopCloser(body))
	if err != nil {
		return oas.UploadedContribution{}, err
	}
	req.ContentLength = int64(len(head)) + u.Size + int64(len(tail))
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Expect", "100-continue")
	answer, err := n.Do(req)
	if err != nil {
		return oas.UploadedContribution{}, err
	}
	defer answer.Body.Close()
	var out oas.UploadedContribution
	return out, decode(answer.Body, &out)
}

// form returns what stands before and behind the file in the request's body. The
// file comes last, so that the node knows its type when it arrives.
func (u Upload) form() (head, tail []byte, contentType string, err error) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	fields := [][2]string{
		{"contribution_type", u.Type},
		{"consent_ai_training", strconv.FormatBool(u.AI)},
		{"consent_research", strconv.FormatBool(u.Research)},
		{"consent_commercial", strconv.FormatBool(u.Commerce)},
	}
	if u.Metadata != "" {
		fields = append(fields, [2]string{"metadata", u.Metadata})
	}
	for _, field := range fields {
		if err := w.WriteField(field[0], field[1]); err != nil {
			return nil, nil, "", err
		}
	}
	if _, err := w.CreateFormFile("file", u.Name); err != nil {
		return nil, nil, "", err
	}
	at := form.Len()
	if err := w.Close(); err != nil {
		return nil, nil, "", err
	}
	return form.Bytes()[:at], form.Bytes()[at:], w.FormDataContentType(), nil
}
