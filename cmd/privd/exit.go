package main

import (
	"context"
	"errors"
	"strings"
	"text/tabwriter"

	"fmt"

	"privd/market"
)

// The exit codes that stand for no market.Code.
const (
	exitOK          = 0
	exitInterrupted = 130 // as a shell reports a command that ^C ended
)

// exitCodes is the only table from what went wrong to the exit code.
var exitCodes = [...]struct {
	code market.Code
	exit int
	when string
}{
	{market.Internal, 1, "it failed; verify: something is damaged; doctor: something needs repair; audit: something differs"},
	{market.Invalid, 2, "wrong usage, or a request that breaks a rule"},
	{market.Unauthenticated, 3, "the credential is missing or bad"},
	{market.Denied, 4, "known, but not allowed"},
	{market.NotFound, 5, "there is no such thing, or it is not yours"},
	{market.Conflict, 6, "it exists already, is in use, or changed meanwhile"},
	{market.TooLarge, 7, "larger than the limit"},
	{market.Limited, 8, "too many requests; try later"},
	{market.Unpaid, 9, "payment is required first"},
	{market.Expired, 10, "it was valid once"},
	{market.Unavailable, 11, "the node or something it needs does not answer; try later"},
}

// exitCode chooses the exit code for an error.
func exitCode(ctx context.Context, err error) int {
	if interrupted(ctx, err) {
		return exitInterrupted
	}
	code := market.CodeOf(err)
	for _, row := range exitCodes {
		if row.code == code {
			return row.exit
		}
	}
	return 1
}

// describe returns what the user reads of an error.
func describe(ctx context.Context, err error) string {
	if interrupted(ctx, err) {
		return "interrupted"
	}
	return err.Error()
}

// interrupted reports whether an error is only the echo of a signal.
func interrupted(ctx context.Context, err error) bool {
	var signal interruption
	return errors.As(context.Cause(ctx), &signal) &&
		(errors.Is(err, context.Canceled) || errors.As(err, &signal))
}

// exitHelp is the table as --help shows it.
func exitHelp() string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 4, 2, ' ', 0)
	fmt.Fprintf(table, "   %d\tdone\n", exitOK)
	for _, row := range exitCodes {
		fmt.Fprintf(table, "   %d\t%s\n", row.exit, row.when)
	}
	fmt.Fprintf(table, "   %d\tinterrupted", exitInterrupted)
	table.Flush()
	return text.String()
}
