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
func (n Node) Upload(ctx context.Context, u Upload) (out oas.UploadedContribution, err error) {
	fields := [][2]string{
		{"contribution_type", u.Type},
		{"consent_ai_training", strconv.FormatBool(u.AI)},
		{"consent_research", strconv.FormatBool(u.Research)},
		{"consent_commercial", strconv.FormatBool(u.Commerce)},
	}
	if u.Metadata != "" {
		fields = append(fields, [2]string{"metadata", u.Metadata})
	}
	return out, n.sendFile(ctx, "/contributions/upload", file{name: u.Name, content: u.Content, size: u.Size}, fields, &out)
}

// file is what is streamed in a form.
type file struct {
	name    string
	content io.Reader
	size    int64
}

// sendFile posts a form with a file in it and decodes the data of the answer.
func (n Node) sendFile(ctx context.Context, path string, f file, fields [][2]string, out any) error {
	head, tail, contentType, err := f.form(fields)
	if err != nil {
		return fmt.Errorf("make form: %w", err)
	}
	// The length is known, so the node may refuse before anything is sent.
	body := io.MultiReader(bytes.NewReader(head), f.content, bytes.NewReader(tail))
	req, err := n.Request(ctx, http.MethodPost, path, io.NopCloser(body))
	if err != nil {
		return err
	}
	req.ContentLength = int64(len(head)) + f.size + int64(len(tail))
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Expect", "100-continue")
	answer, err := n.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return decode(answer.Body, out)
}

// form returns what stands before and behind the file in the request's body. The
// file comes last, so that the node knows of it what it can when it arrives.
func (f file) form(fields [][2]string) (head, tail []byte, contentType string, err error) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for _, field := range fields {
		if err := w.WriteField(field[0], field[1]); err != nil {
			return nil, nil, "", err
		}
	}
	if _, err := w.CreateFormFile("file", f.name); err != nil {
		return nil, nil, "", err
	}
	at := form.Len()
	if err := w.Close(); err != nil {
		return nil, nil, "", err
	}
	return form.Bytes()[:at], form.Bytes()[at:], w.FormDataContentType(), nil
}
