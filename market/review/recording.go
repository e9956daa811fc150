package review

import (
	"context"

	"privd/market/media/window"
)

func recording(_ context.Context, file *window.Reader, r *Result) error {
	return faulty("not yet read")
}
