package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"privd/market"
)

// Every code has an exit code of its own, and --help documents it.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{exitOK: true}
	for code := market.Internal; code <= market.Unavailable; code++ {
		got := exitCode(t.Context(), fmt.Errorf("wrapped: %w", market.Fail(code, "x")))
		require.False(t, seen[got], "%s has the exit code of another", code)
		require.Contains(t, exitHelp(), fmt.Sprintf("\n   %d ", got))
		seen[got] = true
	}
	require.Equal(t, 1, exitCode(t.Context(), errors.New("nobody classified it")))
	require.True(t, strings.HasPrefix(exitHelp(), "   0 "))
}

// A signal is reported as such, however its echo is wrapped; what else went wrong
// meanwhile is not hidden by it.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	require.Equal(t, 1, exitCode(ctx, context.Canceled), "nobody interrupted")
	cancel(interruption{syscall.SIGINT})
	require.Equal(t, exitInterrupted, exitCode(ctx, fmt.Errorf("ask: %w", context.Canceled)))
	require.Equal(t, exitInterrupted, exitCode(ctx, fmt.Errorf("ask: %w", context.Cause(ctx))))
	require.Equal(t, "interrupted", describe(ctx, context.Canceled))
	require.Equal(t, 1, exitCode(ctx, io.ErrUnexpectedEOF))
}
