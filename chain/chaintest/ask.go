package chaintest

import (
	"context"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/rpc"
)

// Ask makes one call of a chain's RPC server.
func Ask(t testing.TB, url string, answer any, method string, args ...any) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	client, err := rpc.DialContext(ctx, url)
	if err != nil {
		return err
	}
	defer client.Close()
	return client.CallContext(ctx, answer, method, args...)
}
