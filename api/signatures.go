package api

import (
	"context"
	"encoding/json"

	"privd/api/oas"
	"privd/market"
	"privd/market/signature"
)

// Signatures asks external wallets to sign and takes their answers;
// signature.Service does.
type Signatures interface {
	List(ctx context.Context, user market.UserID, limit, offset int) ([]signature.Request, int, error)
	Get(ctx context.Context, user market.UserID, id market.SignatureID) (signature.Request, error)
	Answer(ctx context.Context, user market.UserID, id market.SignatureID, text string) (signature.Request, error)
}

// ListSignatures implements oas.StrictServerInterface.
func (h *handlers) ListSignatures(ctx context.Context, r oas.ListSignaturesRequestObject) (oas.ListSignaturesResponseObject, error) {
	limit, offset := limitOf(r.Params.Limit), offsetOf(r.Params.Offset)
	page, total, err := h.Signatures.List(ctx, user(ctx), limit, offset)
	if err != nil {
		return nil, err
	}
	items := make([]oas.SignatureRequest, len(page))
	for i, s := range page {
		items[i] = h.signatureOf(s)
	}
	return oas.ListSignatures200JSONResponse{Success: true, Data: oas.SignaturePage{
		Signatures: items,
		Pagination: oas.OffsetPagination{Total: total, Limit: limit, Offset: askedOffset(r.Params.Offset), HasMore: offset+len(page) < total},
	}}, nil
}

// GetSignature implements oas.StrictServerInterface.
func (h *handlers) GetSignature(ctx context.Context, r oas.GetSignatureRequestObject) (oas.GetSignatureResponseObject, error) {
	s, err := h.Signatures.Get(ctx, user(ctx), market.SignatureID(r.ID))
	if err != nil {
		return nil, err
	}
	return oas.GetSignature200JSONResponse{Success: true, Data: h.signatureOf(s)}, nil
}

// AnswerSignature implements oas.StrictServerInterface.
func (h *handlers) AnswerSignature(ctx context.Context, r oas.AnswerSignatureRequestObject) (oas.AnswerSignatureResponseObject, error) {
	s, err := h.Signatures.Answer(ctx, user(ctx), market.SignatureID(r.ID), r.Body.Signature)
	if err != nil {
		return nil, err
	}
	return oas.AnswerSignature200JSONResponse{Success: true, Data: oas.AnsweredSignature{
		ID: string(s.ID), Kind: oas.SignatureKind(s.Kind), Subject: s.Subject, Status: s.Status,
	}}, nil
}

func (h *handlers) signatureOf(s signature.Request) oas.SignatureRequest {
	status := "expired"
	switch {
	case s.Signature != nil:
		status = "answered"
	case s.Open(h.Clock()):
		status = "open"
	}
	return oas.SignatureRequest{
		ID: string(s.ID), Kind: oas.SignatureKind(s.Kind), Subject: s.Subject, WalletAddress: s.Wallet.Hex(),
		TypedData: json.RawMessage(s.TypedData), Digest: s.Digest.String(), Status: status,
		CreatedAt: seconds(s.CreatedAt), ExpiresAt: seconds(s.ExpiresAt),
	}
}
