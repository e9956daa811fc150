package api

import (
	"context"

	"privd/api/oas"
)

// GetHealth implements oas.StrictServerInterface.
func (h *handlers) GetHealth(ctx context.Context, _ oas.GetHealthRequestObject) (oas.GetHealthResponseObject, error) {
	v := h.Node.Health(ctx)
	return oas.GetHealth200JSONResponse{Success: true, Data: oas.Health{
		Status: "ok", Peers: v.Peers, Chain: oas.ChainHealth{Head: v.Head, Synced: v.Synced},
	}}, nil
}
