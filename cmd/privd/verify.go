package main

import (
	"encoding/json"
	"fmt"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

func verifyCommand() *cli.Command {
	return &cli.Command{
		Name: "verify", Category: categoryNode,
		Usage:       "Hash every stored block again and open every key",
		Description: "Prints what is damaged and exits 1 if anything is. With --json, one object per line as work goes on.",
		Action:      onNode(verify),
	}
}

func verify(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	var last oas.VerifyLine
	bar := newMeter(c, -1, "verifying")
	defer bar.end()
	out := json.NewEncoder(c.App.Writer)
	err := n.Verify(c.Context, func(line oas.VerifyLine) {
		last = line
		bar.set(line.Bytes)
		switch {
		case c.Bool("json"):
			_ = out.Encode(line) // a closed pipe ends the program by itself
		case line.Damage != nil:
			bar.end()
			fmt.Fprintln(c.App.Writer, "damaged: "+printable(*line.Damage))
		}
	})
	bar.end()
	switch {
	case err != nil:
		return err
	case last.Error != nil:
		return market.Fail(market.Internal, "verification stopped early: "+*last.Error)
	case last.Damaged > 0:
		return market.Fail(market.Internal, fmt.Sprintf("%d of %d blocks and keys are damaged; bring them back from a backup", last.Damaged, last.Checked))
	}
	if !c.Bool("json") {
		fmt.Fprintf(c.App.Writer, "%d blocks and keys, %s: all whole\n", last.Checked, size(last.Bytes))
	}
	return nil
}
