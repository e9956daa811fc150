package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"time"
)

// client calls a node's REST API as somebody.
type client struct {
	url   string // of the node
	token string
	http  *http.Client
	// blame is told what no fault excuses: a node that answers 500.
	blame func(format string, args ...any)
}

// callTimeout bounds a call: a node answers purchases within seconds, and nobody
// waits for one that is dead.
const callTimeout = 15 * time.Second

// refusal is an answer that is not 200. Status 0 means that there was none.
type refusal struct {
	status  int
	code    string
	message string
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s: %s", r.status, r.code, r.message) }

// statusOf returns the status an error stands for: 200 for none, 0 for no answer.
func statusOf(err error) int {
	var r *refusal
	switch {
	case err == nil:
		return http.StatusOK
	case errors.As(err, &r):
		return r.status
	}
	return 0
}

// answerOf names an answer in a word.
func answerOf(err error) string {
	var r *refusal
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &r) && r.code != "":
		return r.code
	}
	return "none"
}

// do sends a JSON body, if there is one, and decodes the data of a 200 into out.
func (c *client) do(ctx context.Context, method, path string, body, out any) error {
	var r io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		r = bytes.NewReader(raw)
	}
	return c.send(ctx, method, path, "application/json", r, out)
}

func (c *client) get(ctx context.Context, path string, out any) error {
	return c.do(ctx, http.MethodGet, path, nil, out)
}

func (c *client) send(ctx context.Context, method, path, kind string, body io.Reader, out any) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, c.url+"/api/v1"+path, body)
	if err != nil {
		return err
	}
	if body != nil {
		r.Header.Set("Content-Type", kind)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return &refusal{message: err.Error()}
	}
	defer answer.Body.Close()
	var e struct {
		Data  json.RawMessage `json:"data"`
		Error struct{ Code, Message string }
	}
	if err := json.NewDecoder(answer.Body).Decode(&e); err != nil {
		return &refusal{message: err.Error()} // it died while it answered
	}
	if answer.StatusCode != http.StatusOK {
		refused := &refusal{answer.StatusCode, e.Error.Code, e.Error.Message}
		if answer.StatusCode == http.StatusInternalServerError {
			c.blame("%s %s: %v", method, path, refused)
		}
		return refused
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(e.Data, out)
}

// upload gives a text to the node and returns the contribution's id.
func (c *client) upload(ctx context.Context, name string, text []byte) (string, error) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		return "", err
	}
	if _, err := part.Write(text); err != nil {
		return "", err
	}
	for _, field := range [][2]string{{"contribution_type", "text"}, {"consent_ai_training", "true"}, {"consent_research", "true"}, {"consent_commercial", "true"}} {
		if err := w.WriteField(field[0], field[1]); err != nil {
			return "", err
		}
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	var made struct {
		ID string `json:"contribution_id"`
	}
	err = c.send(ctx, http.MethodPost, "/contributions/upload", w.FormDataContentType(), &body, &made)
	return made.ID, err
}

// fetch gets a gateway URL, without any credential.
func (c *client) fetch(ctx context.Context, url string) ([]byte, int, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, 0, err
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, 0, nil // the node is gone
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, 0, nil
	}
	return data, answer.StatusCode, nil
}
