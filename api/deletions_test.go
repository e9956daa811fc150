package api_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"privd/api"
	"privd/market"
	"privd/market/contribution"
	"privd/market/erasure"
	"privd/market/preview"
)

// erasures deletes as it is told.
type erasures struct {
	delete func(user market.UserID, id market.ContributionID, r erasure.Request) (erasure.Deletion, error)
}

func (e erasures) Delete(_ context.Context, user market.UserID, id market.ContributionID, r erasure.Request) (erasure.Deletion, error) {
	if e.delete == nil {
		return erasure.Deletion{}, market.Fail(market.NotFound, "Contribution not found")
	}
	return e.delete(user, id, r)
}

func (e erasures) List(_ context.Context, user market.UserID, limit, offset int) ([]erasure.Deletion, int, error) {
	return []erasure.Deletion{{Contribution: "contrib_gone", User: user, Kind: "photo", Type: erasure.GDPR, RequestedAt: start, Deadline: start.Add(erasure.Within)}}, 1, nil
}

// consents takes what is stated.
type consents struct{}

func (consents) UpdateConsent(_ context.Context, user market.UserID, id market.ContributionID, change contribution.ConsentChange) (contribution.Receipt, error) {
	if change == (contribution.ConsentChange{}) {
		return contribution.Receipt{}, market.Fail(market.Invalid, "no consent was stated")
	}
	r := contribution.Receipt{ID: "rcpt_1", Contribution: id, User: user, Consent: contribution.Consent{AI: true, Version: "1.1", GivenAt: start}}
	return r, nil
}

func (consents) Receipts(context.Context, market.UserID, market.ContributionID) ([]contribution.Receipt, error) {
	return nil, nil
}

// previews shows one picture.
type previews struct{}

func (previews) Preview(_ context.Context, _ market.UserID, id market.ContributionID, _ market.ListingID) (preview.Preview, error) {
	if id != "contrib_abc123" {
		return preview.Preview{}, market.Fail(market.NotFound, "Preview not found")
	}
	return preview.Preview{Type: "image/jpeg", Data: []byte("\xff\xd8\xff small")}, nil
}

// The three documented forms of a deletion, and the ways clients spell them.
func TestDeleteContribution(t *testing.T) {
	t.Parallel()
	deadline := time.Date(2024, 2, 15, 10, 30, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		kind, body string
		want       erasure.Request
		status     int
	}{
		"plain":                  {"", "", erasure.Request{}, 200},
		"plain with a type":      {"application/json", "", erasure.Request{}, 200},
		"empty object":           {"application/json", "{}", erasure.Request{}, 200},
		"documented":             {"application/json", `{"reason": "Exercising right to erasure", "force_gdpr": true}`, erasure.Request{Reason: "Exercising right to erasure", GDPR: true}, 200},
		"charset":                {"application/json; charset=utf-8", `{"reason":"r","force_gdpr":false}`, erasure.Request{Reason: "r"}, 200},
		"nulls":                  {"application/json", `{"reason":null,"force_gdpr":null}`, erasure.Request{}, 200},
		"unknown fields":         {"application/json", `{"why":"x"}`, erasure.Request{}, 200},
		"no JSON":                {"application/json", `{"reason":`, erasure.Request{}, 400},
		"reason of wrong type":   {"application/json", `{"reason":1}`, erasure.Request{}, 400},
		"force of wrong type":    {"application/json", `{"force_gdpr":"yes"}`, erasure.Request{}, 400},
		"no object":              {"application/json", `[]`, erasure.Request{}, 400},
		"a type that is no JSON": {"text/plain", `{"reason":"r"}`, erasure.Request{}, 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got *erasure.Request
			s := serve(t, newWorld(), func(_ *api.Config, d *api.Deps) {
				d.Erasures = erasures{func(user market.UserID, id market.ContributionID, r erasure.Request) (erasure.Deletion, error) {
					got = &r
					out := erasure.Deletion{Contribution: id, User: user, Type: erasure.Hard}
					if r.GDPR {
						out.Type, out.Deadline = erasure.GDPR, deadline
					}
					return out, nil
				}}
			})
			var body io.Reader
			if c.body != "" {
				body = strings.NewReader(c.body)
			}
			r, err := http.NewRequest(http.MethodDelete, s.url+"/v1/contributions/contrib_abc123", body)
			require.NoError(t, err)
			r.Header.Set("Authorization", "Bearer "+aliceToken)
			if c.kind != "" {
				r.Header.Set("Content-Type", c.kind)
			}
			answer, err := s.client.Do(r)
			require.NoError(t, err)
			defer answer.Body.Close()
			raw, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			require.Equal(t, c.status, answer.StatusCode, string(raw))
			if c.status != 200 {
				require.Nil(t, got, "nothing happens")
				return
			}
			require.Equal(t, c.want, *got)
			want := `{"success":true,"data":{"contribution_id":"contrib_abc123","deleted":true,"deletion_type":"hard","message":"Contribution permanently deleted"}}`
			if c.want.GDPR {
				want = `{"success":true,"data":{"contribution_id":"contrib_abc123","deleted":true,"deletion_type":"gdpr_request",
					"message":"Contribution marked for deletion. Data will be permanently removed within 30 days per GDPR requirements.","gdpr_deadline":"2024-02-15T10:30:00Z"}}`
			}
			require.JSONEq(t, want, string(raw))
		})
	}
}

func TestConsentAndDeletions(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	for body, status := range map[string]int{
		`{"consent_ai_training":true}`: 200, `{}`: 400, `{"consent_commercial":"no"}`: 400, `{"consent_commercial":null}`: 400, ``: 400,
		`{"Consent_Commercial":false}`: 400,
	} {
		r, err := http.NewRequest(http.MethodPatch, s.url+"/api/v1/contributions/contrib_abc123/consent", strings.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+aliceToken)
		r.Header.Set("Content-Type", "application/json")
		answer, err := s.client.Do(r)
		require.NoError(t, err)
		raw, err := io.ReadAll(answer.Body)
		require.NoError(t, errorsOf(err, answer.Body.Close()))
		require.Equal(t, status, answer.StatusCode, "%s: %s", body, raw)
		if status == 200 {
			var got struct{ Data map[string]any }
			require.NoError(t, json.Unmarshal(raw, &got))
			require.Equal(t, "1.1", got.Data["consent_version"])
			require.Equal(t, "rcpt_1", got.Data["receipt_id"])
			require.Equal(t, "contrib_abc123", got.Data["contribution_id"])
			require.NotEmpty(t, got.Data["consent_timestamp"])
		}
	}
}

func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// A preview is served as what it is, to anybody, and nothing in it runs.
func TestPreview(t *testing.T) {
	t.Parallel()
	s := serve(t, newWorld())
	answer, err := s.client.Get(s.url + "/v1/contributions/contrib_abc123/preview")
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, 200, answer.StatusCode)
	require.Equal(t, "image/jpeg", answer.Header.Get("Content-Type"))
	require.Equal(t, "nosniff", answer.Header.Get("X-Content-Type-Options"))
	require.Contains(t, answer.Header.Get("Content-Security-Policy"), "sandbox")
	none, err := s.client.Get(s.url + "/v1/contributions/contrib_none/preview")
	require.NoError(t, err)
	defer none.Body.Close()
	require.Equal(t, 404, none.StatusCode)
	require.Equal(t, "application/json", none.Header.Get("Content-Type"))
}
