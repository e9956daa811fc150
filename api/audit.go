package api

import (
	"context"
	"encoding/json"
	"net/http"

	"privd/api/oas"
	"privd/market/audit"
)

// Audits compares the node's books with the chain.
type Audits interface {
	// Audit tells how far it is, each difference, and how each comparison ended. An
	// error of tell ends it. Conflict while another audit runs; Unavailable when the
	// chain cannot be read.
	Audit(ctx context.Context, tell func(Audited) error) error
}

// Audited is how far an audit is.
type Audited struct {
	Stage       string
	Block       uint64 // up to which the chain was read
	ToBlock     uint64
	Checked     int64
	Differences int64
	Difference  *audit.Difference // when this is about one
	Result      *audit.Result     // when a comparison ended
}

// AuditNode implements oas.StrictServerInterface.
func (h *handlers) AuditNode(ctx context.Context, _ oas.AuditNodeRequestObject) (oas.AuditNodeResponseObject, error) {
	return auditAnswer{ctx: ctx, h: h}, nil
}

// auditAnswer writes a line as soon as there is something to tell.
type auditAnswer struct {
	ctx context.Context
	h   *handlers
}

// VisitAuditNodeResponse implements oas.AuditNodeResponseObject.
func (a auditAnswer) VisitAuditNodeResponse(w http.ResponseWriter) error {
	control, lines := http.NewResponseController(w), json.NewEncoder(w)
	var last oas.AuditLine
	begun := false
	write := func(line oas.AuditLine) error {
		if !begun {
			w.Header().Set("Content-Type", "application/x-ndjson")
			begun = true
		}
		if err := lines.Encode(line); err != nil {
			return err
		}
		return control.Flush()
	}
	err := a.h.Audits.Audit(a.ctx, func(now Audited) error {
		last = auditLine(now)
		return write(last)
	})
	if err != nil && !begun {
		return err // it did not start: that is an answer of its own
	}
	last.Done, last.Difference, last.Result = true, nil, nil
	if err != nil {
		// The status is out already: the last line says that this was not all of it.
		message := classify(err).Message
		if message == "" {
			message = defaults[classify(err).Code]
		}
		last.Error = &message
		a.h.Log.Error("audit ended early", "request_id", callOf(a.ctx).id, "error", err)
	}
	return write(last)
}

func auditLine(now Audited) oas.AuditLine {
	line := oas.AuditLine{
		Stage: now.Stage, Block: int64(now.Block), ToBlock: int64(now.ToBlock), Checked: now.Checked, Differences: now.Differences,
	}
	if d := now.Difference; d != nil {
		line.Difference = &oas.AuditDifference{Check: string(d.Check), Subject: d.Subject, Message: d.Message}
	}
	if r := now.Result; r != nil {
		line.Result = &oas.AuditResult{
			Check: string(r.Check), What: r.What, Count: r.Count, Waiting: r.Waiting, Differences: r.Differences, Notes: append([]string{}, r.Notes...),
		}
	}
	return line
}
