package api

import (
	"context"

	"privd/api/oas"
	"privd/market"
	"privd/market/labeling"
	"privd/market/preview"
	"privd/market/review"
)

// Labeling has people decide what the review holds; labeling.Service does, with the
// previews beside it.
type Labeling interface {
	Tasks(ctx context.Context, user market.UserID, limit, offset int) ([]labeling.Task, int, error)
	Answer(ctx context.Context, user market.UserID, id labeling.TaskID, label labeling.Label, score review.Permille) (labeling.Task, error)
	Held(ctx context.Context, limit, offset int) ([]labeling.Item, int, error)
	Known(ctx context.Context, limit, offset int) ([]labeling.Item, int, error)
	Rule(ctx context.Context, id market.ContributionID, verdict review.Verdict, reason string) (labeling.Item, error)
	SetGold(ctx context.Context, id market.ContributionID, answer labeling.Label) (labeling.Item, error)
	DropGold(ctx context.Context, id market.ContributionID) error
	// Preview returns what a user sees of an open task; NotFound for any other task.
	Preview(ctx context.Context, user market.UserID, id labeling.TaskID) (preview.Preview, error)
	// ItemPreview returns what the operator sees of an item.
	ItemPreview(ctx context.Context, id market.ContributionID) (preview.Preview, error)
}

// ListLabelingTasks implements oas.StrictServerInterface.
func (h *handlers) ListLabelingTasks(ctx context.Context, r oas.ListLabelingTasksRequestObject) (oas.ListLabelingTasksResponseObject, error) {
	limit := limitOf(r.Params.Limit)
	page, total, err := h.Labeling.Tasks(ctx, user(ctx), limit, offsetOf(r.Params.Offset))
	if err != nil {
		return nil, err
	}
	list := make([]oas.LabelingTask, len(page))
	for i, t := range page {
		list[i] = labelingTaskOf(t)
	}
	return oas.ListLabelingTasks200JSONResponse{Success: true, Data: oas.LabelingTaskPage{
		Tasks: list, Total: total, Limit: limit, Offset: askedOffset(r.Params.Offset),
	}}, nil
}

// labelingTaskOf shows a task to its labeler: nothing in it may tell whether its
// answer is known.
func labelingTaskOf(t labeling.Task) oas.LabelingTask {
	out := oas.LabelingTask{
		ID: string(t.ID), ContributionType: oas.ContributionType(t.Kind), MimeType: t.MIME,
		PreviewURL: prefixes[0] + "/labeling/tasks/" + string(t.ID) + "/preview", AssignedAt: seconds(t.AssignedAt),
	}
	for _, l := range labeling.Labels() {
		out.Labels = append(out.Labels, oas.LabelName(l))
	}
	out.Reward, out.RewardWei = priv(t.Reward)
	return out
}

// AnswerLabelingTask implements oas.StrictServerInterface.
func (h *handlers) AnswerLabelingTask(ctx context.Context, r oas.AnswerLabelingTaskRequestObject) (oas.AnswerLabelingTaskResponseObject, error) {
	score, err := parseShare("score", r.Body.Score)
	if err != nil {
		return nil, err
	}
	t, err := h.Labeling.Answer(ctx, user(ctx), labeling.TaskID(r.ID), labeling.Label(r.Body.Label), score)
	if err != nil {
		return nil, err
	}
	out := oas.LabeledTask{TaskID: string(t.ID), Label: oas.LabelName(t.Label), Score: shareOf(t.Score), LabeledAt: seconds(t.AnsweredAt)}
	out.Reward, out.RewardWei = priv(t.Reward)
	return oas.AnswerLabelingTask200JSONResponse{Success: true, Data: out}, nil
}

// ListLabelingItems implements oas.StrictServerInterface.
func (h *handlers) ListLabelingItems(ctx context.Context, r oas.ListLabelingItemsRequestObject) (oas.ListLabelingItemsResponseObject, error) {
	limit := limitOf(r.Params.Limit)
	page, total, err := h.Labeling.Held(ctx, limit, offsetOf(r.Params.Offset))
	if err != nil {
		return nil, err
	}
	return oas.ListLabelingItems200JSONResponse{ItemsAnswerJSONResponse: itemPage(page, total, limit, r.Params.Offset)}, nil
}

// ListLabelingGold implements oas.StrictServerInterface.
func (h *handlers) ListLabelingGold(ctx context.Context, r oas.ListLabelingGoldRequestObject) (oas.ListLabelingGoldResponseObject, error) {
	limit := limitOf(r.Params.Limit)
	page, total, err := h.Labeling.Known(ctx, limit, offsetOf(r.Params.Offset))
	if err != nil {
		return nil, err
	}
	return oas.ListLabelingGold200JSONResponse{ItemsAnswerJSONResponse: itemPage(page, total, limit, r.Params.Offset)}, nil
}

func itemPage(page []labeling.Item, total, limit int, offset *oas.Offset) oas.ItemsAnswerJSONResponse {
	list := make([]oas.LabelingItem, len(page))
	for i, it := range page {
		list[i] = itemOf(it)
	}
	return oas.ItemsAnswerJSONResponse{Success: true, Data: oas.LabelingItemPage{
		Items: list, Total: total, Limit: limit, Offset: askedOffset(offset),
	}}
}

// DecideLabelingItem implements oas.StrictServerInterface.
func (h *handlers) DecideLabelingItem(ctx context.Context, r oas.DecideLabelingItemRequestObject) (oas.DecideLabelingItemResponseObject, error) {
	reason := ""
	if r.Body.Reason != nil {
		reason = *r.Body.Reason
	}
	it, err := h.Labeling.Rule(ctx, market.ContributionID(r.ID), review.Verdict(r.Body.Verdict), reason)
	if err != nil {
		return nil, err
	}
	return oas.DecideLabelingItem200JSONResponse{ItemAnswerJSONResponse: oas.ItemAnswerJSONResponse{Success: true, Data: itemOf(it)}}, nil
}

// SetLabelingGold implements oas.StrictServerInterface.
func (h *handlers) SetLabelingGold(ctx context.Context, r oas.SetLabelingGoldRequestObject) (oas.SetLabelingGoldResponseObject, error) {
	it, err := h.Labeling.SetGold(ctx, market.ContributionID(r.Body.ContributionID), labeling.Label(r.Body.Label))
	if err != nil {
		return nil, err
	}
	return oas.SetLabelingGold200JSONResponse{ItemAnswerJSONResponse: oas.ItemAnswerJSONResponse{Success: true, Data: itemOf(it)}}, nil
}

// DropLabelingGold implements oas.StrictServerInterface.
func (h *handlers) DropLabelingGold(ctx context.Context, r oas.DropLabelingGoldRequestObject) (oas.DropLabelingGoldResponseObject, error) {
	if err := h.Labeling.DropGold(ctx, market.ContributionID(r.ID)); err != nil {
		return nil, err
	}
	return oas.DropLabelingGold200JSONResponse{Success: true, Data: oas.DroppedGold{ContributionID: r.ID, Dropped: true}}, nil
}

func itemOf(it labeling.Item) oas.LabelingItem {
	out := oas.LabelingItem{
		ContributionID: string(it.Contribution), UserID: string(it.Owner), ContributionType: oas.ContributionType(it.Kind), MimeType: it.MIME,
		PreviewURL: prefixes[0] + "/labeling/items/" + string(it.Contribution) + "/preview",
		State:      string(it.State), Reason: present(it.Why), Labels: make([]oas.GivenLabel, len(it.Ballots)),
		KnownLabel: present(string(it.Gold)), Outcome: present(string(it.Outcome)), DecidedBy: present(string(it.By)),
		OpenedAt: seconds(it.OpenedAt), ClosedAt: optional(it.ClosedAt),
	}
	for i, b := range it.Ballots {
		out.Labels[i] = oas.GivenLabel{UserID: string(b.User), Label: oas.LabelName(b.Label), Score: shareOf(b.Score)}
	}
	if it.By == labeling.ByLabelers {
		score := shareOf(it.Score)
		out.Score = &score
	}
	return out
}
