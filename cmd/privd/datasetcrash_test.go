package main

import (
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/api/oas"
	"privd/cmd/internal/call"
)

// TestKilledDataset kills a node while it takes, lists and removes datasets:
//
//  1. a table that is stored whole but not listed yet is gone after the restart;
//  2. one whose listing was answered is on sale;
//  3. one whose removal was answered is erased.
func TestKilledDataset(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills a whole network")
	}
	t.Parallel()
	n := startNet(t, "--nodes", "1")
	alice := n.user(0)
	files := func() []string {
		var found []string
		for _, dir := range []string{"blocks", "keys"} {
			matches, err := filepath.Glob(filepath.Join(n.file.Nodes[0].Repo, dir, "dset_*"))
			require.NoError(t, err)
			found = append(found, matches...)
		}
		return found
	}

	sending, end := unfinishedDataset(t, alice)
	eventually(t, "the table on disk", func(context.Context) bool {
		select {
		case err := <-sending:
			require.NoError(t, err, "the upload ended early")
		default:
		}
		return len(files()) == 2
	})
	n.kill(t, 0)
	end()
	require.Error(t, <-sending)
	require.NotEmpty(t, files())
	n.start(t, 0)
	require.Empty(t, files())
	var page oas.MyDatasetPage
	require.NoError(t, alice.Get(t.Context(), "/data/datasets", nil, &page))
	require.Empty(t, page.Datasets)

	const table = "a,b\n1,2\n"
	made, err := alice.SellDataset(t.Context(), call.Dataset{
		Name: "t.csv", Content: strings.NewReader(table), Size: int64(len(table)), ID: "killed", Title: "T", DataType: "nft", PricePRIV: "1", PreviewRows: -1,
	})
	require.NoError(t, err)
	n.again(t, 0)
	require.Len(t, files(), 2)
	var answer oas.ListingAnswer
	eventually(t, "the listing", func(ctx context.Context) bool {
		require.NoError(t, alice.Get(ctx, listingPath(made.ListingID), nil, &answer))
		return answer.Listing.Status == "active"
	})

	require.NoError(t, alice.Send(t.Context(), http.MethodDelete, datasetPath("killed"), nil, nil))
	n.again(t, 0)
	eventually(t, "the erasure", func(context.Context) bool {
		keys, err := filepath.Glob(filepath.Join(n.file.Nodes[0].Repo, "*", made.ListingID+"*"))
		require.NoError(t, err)
		return len(files()) == 0 && len(keys) == 0
	})
	require.Error(t, alice.Get(t.Context(), datasetPath("killed"), nil, nil))
	require.NoError(t, n.operator(0).Verify(t.Context(), func(l oas.VerifyLine) { require.Zero(t, l.Damaged, text(l.Damage)) }))
}

// unfinishedDataset sends a table without the fields that belong to it, until end is
// called, and tells how that went.
func unfinishedDataset(t *testing.T, n call.Node) (sending <-chan error, end func()) {
	t.Helper()
	body, form := io.Pipe()
	w := multipart.NewWriter(form)
	req, err := n.Request(t.Context(), http.MethodPost, "/data/listings", body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", w.FormDataContentType())
	done := make(chan error, 1)
	go func() {
		answer, err := n.Do(req)
		if err == nil {
			answer.Body.Close()
		}
		done <- err
	}()
	part, err := w.CreateFormFile("file", "t.csv")
	require.NoError(t, err)
	_, err = fmt.Fprint(part, "a,b\n", strings.Repeat("1,2\n", 1000))
	require.NoError(t, err)
	// The next part tells the node that the file has ended.
	_, err = w.CreateFormField("title")
	require.NoError(t, err)
	return done, func() { _ = form.CloseWithError(io.ErrUnexpectedEOF) }
}
