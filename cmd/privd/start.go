package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/urfave/cli/v2"

	"privd/market"
	"privd/node"
)

func startCommand() *cli.Command {
	return &cli.Command{
		Name: "start", Category: categoryNode,
		Usage: "Run the node until ^C or SIGTERM",
		Description: "Prints where it listens and logs to the standard error. A second signal ends it at once; nothing that\n" +
			"was acknowledged is lost by that.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "api", Usage: "`ADDR` of the API instead of the config's; port 0 takes a free one"},
			&cli.StringFlag{Name: "x402", Usage: "`ADDR` of the datasets server; off by default"},
			&cli.StringSliceFlag{Name: "listen", Usage: "libp2p `MULTIADDR` instead of the config's; may be repeated"},
			&cli.StringFlag{Name: "password-file", Usage: "`FILE` with the password of the keystore"},
			&cli.StringFlag{Name: "log-level", Value: "info", EnvVars: []string{"PRIVD_LOG"}, Usage: "debug, info, warn or error"},
			&cli.BoolFlag{Name: "log-json", Usage: "log as JSON"},
			&cli.BoolFlag{Name: "while-stdin", Hidden: true, Usage: "stop when the standard input ends, as with the parent process"},
		},
		Action: start,
	}
}

func start(c *cli.Context) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	dir, err := repoDir(c)
	if err != nil {
		return err
	}
	if !dir.Exists() {
		return noRepo(dir)
	}
	log, err := logger(c)
	if err != nil {
		return err
	}
	ctx := c.Context
	if c.Bool("while-stdin") {
		var cancel context.CancelFunc
		ctx, cancel = whileOpen(ctx, os.Stdin)
		defer cancel()
	}
	n, err := node.New(ctx, string(dir), node.Options{
		API: c.String("api"), X402: c.String("x402"), Listen: c.StringSlice("listen"),
		PasswordFile: c.String("password-file"), Log: log, Version: thisBuild().Version,
	})
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	listening(c, n)
	// Ending on a signal is what was asked for.
	if err := n.Run(ctx); err != nil && !(ctx.Err() != nil && errors.Is(err, context.Canceled)) {
		return fmt.Errorf("run: %w", err)
	}
	return nil
}

// listening prints where the node can be reached.
func listening(c *cli.Context, n *node.Node) {
	out := struct {
		API  string   `json:"api"`
		X402 string   `json:"x402,omitempty"`
		P2P  []string `json:"p2p"`
	}{n.URL(), n.X402URL(), n.Addresses()}
	// A closed output is no reason not to run.
	_ = show(c, out, func() {
		fmt.Fprintln(c.App.Writer, "API     "+out.API)
		if out.X402 != "" {
			fmt.Fprintln(c.App.Writer, "x402    "+out.X402)
		}
		for _, address := range out.P2P {
			fmt.Fprintln(c.App.Writer, "p2p     "+address)
		}
	})
}

// logger returns the log that the flags ask for.
func logger(c *cli.Context) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.String("log-level"))); err != nil {
		return nil, market.Fail(market.Invalid, fmt.Sprintf("--log-level %q is not debug, info, warn or error", c.String("log-level")))
	}
	options := &slog.HandlerOptions{Level: level}
	if c.Bool("log-json") {
		return slog.New(slog.NewJSONHandler(c.App.ErrWriter, options)), nil
	}
	return slog.New(slog.NewTextHandler(c.App.ErrWriter, options)), nil
}

// whileOpen returns a context that ends when in does: the pipe to a parent process
// closes however the parent ends.
func whileOpen(parent context.Context, in io.Reader) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	go func() {
		_, _ = io.Copy(io.Discard, in) // any end is the end
		cancel()
	}()
	return ctx, cancel
}
