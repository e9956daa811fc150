package api

import (
	"context"
	"encoding/json"
	"net/http"

	"privd/api/oas"
)

// VerifyNode implements oas.StrictServerInterface.
func (h *handlers) VerifyNode(ctx context.Context, _ oas.VerifyNodeRequestObject) (oas.VerifyNodeResponseObject, error) {
	return verifyAnswer{ctx: ctx, h: h}, nil
}

// verifyAnswer writes a line as soon as there is something to tell.
type verifyAnswer struct {
	ctx context.Context
	h   *handlers
}

// VisitVerifyNodeResponse implements oas.VerifyNodeResponseObject.
func (v verifyAnswer) VisitVerifyNodeResponse(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "application/x-ndjson")
	control, lines := http.NewResponseController(w), json.NewEncoder(w)
	var last oas.VerifyLine
	write := func(line oas.VerifyLine) error {
		if err := lines.Encode(line); err != nil {
			return err
		}
		return control.Flush()
	}
	err := v.h.Node.Verify(v.ctx, func(now Verified) error {
		last = oas.VerifyLine{Checked: now.Checked, Total: now.Total, Bytes: now.Bytes, Damaged: now.Damaged, Damage: present(now.Damage)}
		return write(last)
	})
	last.Done, last.Damage = true, nil
	if err != nil {
		// The status is out already: the last line says that this was not all of it.
		message := classify(err).Message
		if message == "" {
			message = defaults[classify(err).Code]
		}
		last.Error = &message
		v.h.Log.Error("verification ended early", "request_id", callOf(v.ctx).id, "error", err)
	}
	return write(last)
}
