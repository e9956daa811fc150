package devnet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"
)

// Main runs the command line until it is done or a signal comes, and returns the
// exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal kills, and the nodes go with this process.
	context.AfterFunc(ctx, stop)
	return runCommand(ctx, args, stdout, stderr)
}

func runCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	app := &cli.App{
		Name:      "privd-devnet",
		Usage:     "a privd network on this machine: chain, contracts, nodes and funded users",
		UsageText: "privd-devnet [--dir DIR] [--nodes N] [--api ADDR] [--chain URL] [--block-time S] [--fixtures docs] [--demo]",
		Description: "Runs until ^C. With the directory kept, a second start resumes the same network. Everything a\n" +
			"script needs to know stands in DIR/devnet.json once all of it answers. Exit codes: 0 stopped or\n" +
			"the demo is done, 1 failed, 2 wrong usage.",
		Writer: stdout, ErrWriter: stderr, HideHelpCommand: true,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "dir", Value: "devnet", Usage: "`DIR` of the network, made if needed"},
			&cli.IntFlag{Name: "nodes", Value: 2, Usage: "how many nodes, 1 to 64"},
			&cli.StringFlag{Name: "api", Value: "127.0.0.1:4000", Usage: "`ADDR` of the first node's API; port 0 takes a free one"},
			&cli.StringFlag{Name: "chain", Usage: "`URL` of a development chain such as anvil to use instead of the embedded one"},
			&cli.StringFlag{Name: "rpc", Value: "127.0.0.1:8545", Usage: "`ADDR` of the embedded chain's JSON-RPC; port 0 takes a free one"},
			&cli.IntFlag{Name: "block-time", Value: 1, Usage: "`SECONDS` between blocks of the embedded chain; 0 is a block per transaction"},
			&cli.StringFlag{Name: "fixtures", Usage: "`SET` of things to make on the first node: docs is what the examples of docs/api name"},
			&cli.BoolFlag{Name: "demo", Usage: "play the whole story once and exit"},
			&cli.StringFlag{Name: "privd", Usage: "`FILE` of the node's program; by default the one beside this program"},
			&cli.StringFlag{Name: "log-level", Value: "info", Usage: "of the nodes' logs: debug, info, warn or error"},
		},
		ExitErrHandler: func(*cli.Context, error) {},
		OnUsageError:   func(_ *cli.Context, err error, _ bool) error { return usage{err} },
		Action: func(c *cli.Context) error {
			cfg, err := configOf(c)
			if err != nil {
				return usage{err}
			}
			return Run(c.Context, cfg)
		},
	}
	err := app.RunContext(ctx, args)
	if err == nil || (ctx.Err() != nil && errors.Is(err, context.Canceled)) {
		return 0
	}
	fmt.Fprintln(stderr, "privd-devnet: "+err.Error())
	var wrong usage
	if errors.As(err, &wrong) {
		return 2
	}
	return 1
}

// usage is an error of who typed the command.
type usage struct{ error }

func (u usage) Unwrap() error { return u.error }

// Config says what network to run.
type Config struct {
	Dir       string
	Nodes     int
	API       string        // address of the first node's API
	Chain     string        // URL of another chain; empty runs the embedded one
	RPC       string        // address of the embedded chain
	FixedRPC  bool          // RPC must be had; otherwise any port will do
	BlockTime time.Duration // 0 is a block per transaction
	FundedKey string        // hex private key with coins on Chain; empty is anvil's first
	Demo      bool
	Fixtures  string // docs, or empty
	Program   string // path of privd
	LogLevel  string

	Out io.Writer // what the user reads
	Err io.Writer // how work goes on
}

func configOf(c *cli.Context) (Config, error) {
	cfg := Config{
		Nodes: c.Int("nodes"), API: c.String("api"), Chain: c.String("chain"),
		RPC: c.String("rpc"), FixedRPC: c.IsSet("rpc"), BlockTime: time.Duration(c.Int("block-time")) * time.Second,
		FundedKey: os.Getenv("PRIVD_DEVNET_KEY"), Demo: c.Bool("demo"), Fixtures: c.String("fixtures"), LogLevel: c.String("log-level"),
		Out: c.App.Writer, Err: c.App.ErrWriter,
	}
	if c.NArg() > 0 {
		return cfg, fmt.Errorf("%q is not a flag; see: privd-devnet --help", c.Args().First())
	}
	if cfg.Nodes < 1 || cfg.Nodes > 64 {
		return cfg, fmt.Errorf("--nodes %d is not from 1 to 64", cfg.Nodes)
	}
	if cfg.Demo && cfg.Nodes < 2 {
		return cfg, errors.New("--demo needs two nodes: one sells and the other buys")
	}
	if cfg.Fixtures != "" && cfg.Fixtures != "docs" {
		return cfg, fmt.Errorf("--fixtures %q is unknown; there is: docs", cfg.Fixtures)
	}
	if cfg.BlockTime < 0 {
		return cfg, fmt.Errorf("--block-time %d is negative", c.Int("block-time"))
	}
	var err error
	if cfg.Dir, err = filepath.Abs(c.String("dir")); err != nil {
		return cfg, err
	}
	cfg.Program, err = program(c.String("privd"))
	return cfg, err
}

// program finds privd: as named, beside this program, or on the path.
func program(named string) (string, error) {
	if named != "" {
		return exec.LookPath(named)
	}
	if self, err := os.Executable(); err == nil {
		if found, err := exec.LookPath(filepath.Join(filepath.Dir(self), "privd")); err == nil {
			return found, nil
		}
	}
	found, err := exec.LookPath("privd")
	if err != nil {
		return "", errors.New("there is no privd beside this program; build it with: make build, or name it with --privd")
	}
	return filepath.Abs(found)
}
