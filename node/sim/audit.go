package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// audit lets the node compare its books with the chain itself. It finds nothing that
// the oracle does not, and has to agree.
func (m *member) audit(ctx context.Context, complain func(string, ...any)) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+m.api+"/api/v1/node/audit", nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+m.token)
	answer, err := m.world.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the node answers %s", answer.Status)
	}
	lines := json.NewDecoder(answer.Body)
	for {
		var line struct {
			Done       bool
			Checked    int
			Difference *struct{ Check, Subject, Message string }
		}
		switch err := lines.Decode(&line); {
		case errors.Is(err, io.EOF):
			return errors.New("the audit broke off")
		case err != nil:
			return err
		}
		if d := line.Difference; d != nil {
			complain("%s audits %s: %s: %s", m.name(), d.Check, d.Subject, d.Message)
		}
		if line.Done {
			if line.Checked == 0 {
				complain("%s audits nothing", m.name())
			}
			return nil
		}
	}
}
