package call

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"

	"privd/api/oas"
	"privd/market"
)

// Audit asks the node to compare its books with the chain and hands over each line
// of the answer as it arrives. It returns when the last line has.
func (n Node) Audit(ctx context.Context, line func(oas.AuditLine)) error {
	req, err := n.Request(ctx, http.MethodPost, "/node/audit", nil)
	if err != nil {
		return err
	}
	answer, err := n.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	done := false
	for lines.Scan() {
		var l oas.AuditLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return &market.Error{Code: market.Internal, Message: "the node's answer is not what this program expects", Err: err}
		}
		line(l)
		done = done || l.Done
	}
	if err := lines.Err(); err != nil || !done {
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		return &market.Error{Code: market.Unavailable, Reason: NoAnswer, Message: "the node stopped before it had compared everything", Err: err}
	}
	return nil
}
