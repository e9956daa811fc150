package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"privd/chain/chaintest"
)

// TestDemo plays the whole story as make demo does, on the embedded chain and on one
// that mines only on demand, which the devnet makes tick.
func TestDemo(t *testing.T) {
	t.Parallel()
	for name, chain := range map[string]func(t *testing.T) []string{
		"embedded": func(*testing.T) []string { return []string{"--rpc", "127.0.0.1:0"} },
		"anvil":    func(t *testing.T) []string { return []string{"--chain", chaintest.RunAnvil(t, 0).URL} },
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name == "anvil" {
				t.Skip("the embedded chain is enough while editing")
			}
			t.Parallel()
			args := append([]string{"--demo", "--dir", t.TempDir(), "--api", "127.0.0.1:0"}, chain(t)...)
			demo := runProgram(t, "privd-devnet", args...)
			require.NoError(t, demo.ended(t))
			for _, scene := range []string{"upload", "review", "list", "gossip", "buy", "deliver", "download", "settle", "claim", "done"} {
				require.Regexp(t, `(?m)^`+scene+` +[0-9.]+m?s`, demo.out.String())
			}
			require.Contains(t, demo.out.String(), "carol paid 12.5, alice has 11.875 of it (95%), the treasury 0.625 (5%)")
		})
	}
}
