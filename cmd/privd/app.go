package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"privd/cmd/internal/call"
	"privd/market"
	"privd/storage/repo"
)

// The headings of the command list.
const (
	categoryNode   = "the node"
	categorySeller = "selling"
	categoryBuyer  = "buying"
	categoryPeople = "people and keys"
)

// newApp returns the whole command line.
func newApp() *cli.App {
	app := &cli.App{
		Name:  "privd",
		Usage: "own, sell and buy data without a middleman",
		Description: "init makes a repo and start runs the node; the other commands talk to the running node.\n" +
			"Flags may stand before or after arguments. \"privd COMMAND --help\" has more.\n\n" +
			"Exit codes:\n" + exitHelp(),
		Version:     thisBuild().String(),
		HideVersion: true, // the version command and --json cover it
		Writer:      os.Stdout,
		ErrWriter:   os.Stderr,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "repo", EnvVars: []string{"PRIVD_REPO"}, Usage: "`DIR` of the node", DefaultText: "~/.privd"},
			&cli.BoolFlag{Name: "json", Usage: "print JSON"},
			&cli.StringFlag{Name: "user", EnvVars: []string{"PRIVD_USER"}, Usage: "act as the local user `NAME`, or the user with that id, instead of the operator"},
		},
		Commands: []*cli.Command{
			initCommand(), deployCommand(), startCommand(), statusCommand(), peersCommand(), doctorCommand(), verifyCommand(), auditCommand(), fundCommand(), versionCommand(),
			userCommand(), keyCommand(), signaturesCommand(), signCommand(), balanceCommand(),
			earningsCommand(), claimCommand(), claimsCommand(), voucherCommand(), creditCommand(),
			addCommand(), lsCommand(), showCommand(), consentCommand(), previewCommand(), rmCommand(), sellCommand(), salesCommand(), datasetCommand(), datasetsCommand(),
			browseCommand(), buyCommand(), purchasesCommand(), downloadCommand(), rateCommand(), reportCommand(), eventsCommand(),
			reputationCommand(), stakeCommand(), unstakeCommand(), labelCommand(), reviewCommand(),
			txCommand(),
			devCommand(),
		},
		// Errors come back to main, which alone exits.
		ExitErrHandler: func(*cli.Context, error) {},
		OnUsageError:   usageError,
	}
	adopt(app.Commands)
	return app
}

// adopt gives every command the one way to report wrong usage.
func adopt(commands []*cli.Command) {
	for _, c := range commands {
		c.OnUsageError = usageError
		c.HideHelpCommand = true
		adopt(c.Subcommands)
	}
}

func usageError(c *cli.Context, err error, _ bool) error {
	name := c.App.Name
	if c.Command != nil && c.Command.HelpName != "" {
		name = c.Command.HelpName
	}
	return market.Fail(market.Invalid, fmt.Sprintf("%v; see: %s --help", err, name))
}

// arguments checks how many arguments there are; most below 0 is no limit.
func arguments(c *cli.Context, least, most int) error {
	n := c.NArg()
	if n >= least && (most < 0 || n <= most) {
		return nil
	}
	want := strings.TrimSpace(c.Command.HelpName + " " + c.Command.ArgsUsage)
	return market.Fail(market.Invalid, "usage: "+want)
}

// repoDir returns the repo this command line is about.
func repoDir(c *cli.Context) (repo.Dir, error) {
	dir := c.String("repo")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", market.Fail(market.Invalid, "name the repo with --repo: there is no home directory to look in")
		}
		dir = filepath.Join(home, ".privd")
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find repo: %w", err)
	}
	return repo.Dir(abs), nil
}

// running returns the node that runs on the repo.
func running(c *cli.Context) (call.Node, error) {
	dir, err := repoDir(c)
	if err != nil {
		return call.Node{}, err
	}
	if !dir.Exists() {
		return call.Node{}, noRepo(dir)
	}
	api, err := dir.ReadText(dir.API())
	if errors.Is(err, market.ErrNotFound) {
		return call.Node{}, notRunning(dir)
	}
	if err != nil {
		return call.Node{}, fmt.Errorf("read the node's address: %w", err)
	}
	token, err := dir.ReadText(dir.Token())
	if err != nil {
		return call.Node{}, fmt.Errorf("read the operator's token: %w", err)
	}
	return call.Node{API: api, Token: token, User: c.String("user")}, nil
}

func noRepo(dir repo.Dir) error {
	return market.Fail(market.NotFound, fmt.Sprintf("there is no privd repo at %s; make one with: privd init --repo %s --network FILE", dir, dir))
}

func notRunning(dir repo.Dir) error {
	return market.Fail(market.Unavailable, fmt.Sprintf("no node is running on %s; start it with: privd start --repo %s", dir, dir))
}

// onNode runs a command against the running node, and says what to do when there
// is none.
func onNode(work func(c *cli.Context, n call.Node) error) cli.ActionFunc {
	return func(c *cli.Context) error {
		n, err := running(c)
		if err != nil {
			return err
		}
		err = work(c, n)
		var failed *market.Error
		if errors.As(err, &failed) && failed.Reason == call.NoAnswer && errors.Is(err, syscall.ECONNREFUSED) {
			dir, _ := repoDir(c)
			return notRunning(dir)
		}
		return err
	}
}
