package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/chain"
	"privd/chain/deploy"
	"privd/cmd/internal/call"
	"privd/market"
	"privd/node"
	"privd/storage/repo"
)

func doctorCommand() *cli.Command {
	return &cli.Command{
		Name: "doctor", Category: categoryNode,
		Usage: "Check the repo, the chain and the running node, and say what to do",
		Description: "Works without a running node too, and then checks what can be seen from outside. Exits 1 if\n" +
			"something needs repair.",
		Action: doctor,
	}
}

// finding is one line of the examination.
type finding struct {
	Name    string `json:"name"`
	Status  string `json:"status"` // ok, warn or fail
	Message string `json:"message"`
	Remedy  string `json:"remedy,omitempty"`
}

// examination gathers findings.
type examination struct {
	OK     bool      `json:"ok"`
	Checks []finding `json:"checks"`
}

func (e *examination) ok(name, format string, args ...any) {
	e.Checks = append(e.Checks, finding{Name: name, Status: "ok", Message: fmt.Sprintf(format, args...)})
}

func (e *examination) warn(name, message, remedy string) {
	e.Checks = append(e.Checks, finding{name, "warn", message, remedy})
}

func (e *examination) fail(name, message, remedy string) {
	e.OK = false
	e.Checks = append(e.Checks, finding{name, "fail", message, remedy})
}

func doctor(c *cli.Context) error {
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
	e := &examination{OK: true}
	network := e.settings(dir)
	if !e.runningNode(c) {
		e.permissions(dir)
		e.space(dir)
		if network != nil {
			e.chain(c.Context, *network)
		}
	}
	if err := context.Cause(c.Context); err != nil {
		return err
	}
	if err := show(c, e, func() { e.print(c) }); err != nil {
		return err
	}
	if !e.OK {
		return market.Fail(market.Internal, "something needs repair")
	}
	return nil
}

func (e *examination) print(c *cli.Context) {
	rows := make([][]string, 0, len(e.Checks))
	for _, f := range e.Checks {
		rows = append(rows, []string{f.Status, f.Name, f.Message})
		if f.Remedy != "" {
			rows = append(rows, []string{"", "", "to do: " + f.Remedy})
		}
	}
	table(c.App.Writer, nil, rows)
}

// permissions looks for what others on this machine could read.
func (e *examination) permissions(dir repo.Dir) {
	open := ""
	for _, path := range []string{string(dir), dir.Keystore(), dir.Password(), dir.Keys(), dir.Blocks(), dir.Records(), dir.Token(), dir.Config()} {
		info, err := os.Stat(path)
		if os.IsNotExist(err) {
			continue // the password may stand elsewhere
		}
		if err != nil {
			e.fail("permissions", err.Error(), "run privd as the user who owns "+string(dir))
			return
		}
		if open == "" && info.Mode().Perm()&0o077 != 0 {
			open = path
		}
	}
	if open != "" {
		e.fail("permissions", "others may read "+open, "chmod -R go= "+string(dir))
		return
	}
	if err := writable(dir); err != nil {
		e.fail("permissions", fmt.Sprintf("%s cannot be written: %v", dir, err), "run privd as the user who owns it")
		return
	}
	e.ok("permissions", "only their owner reads the files of %s", dir)
}

func writable(dir repo.Dir) error {
	f, err := os.CreateTemp(string(dir), ".doctor-*")
	if err != nil {
		return err
	}
	return firstError(f.Close(), os.Remove(f.Name()))
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Below these much free space, in bytes, doctor warns and fails.
const (
	littleSpace = 2 << 30
	noSpace     = 100 << 20
)

func (e *examination) space(dir repo.Dir) {
	free, err := freeSpace(string(dir))
	used := usage(string(dir))
	message := fmt.Sprintf("%s used, %s free", size(used), size(free))
	switch {
	case err != nil:
		e.warn("disk", "free space is unknown: "+err.Error(), "look at it with df "+string(dir))
	case free < noSpace:
		e.fail("disk", message, "make room: the node cannot take uploads")
	case free < littleSpace:
		e.warn("disk", message, "make room before large uploads")
	default:
		e.ok("disk", "%s", message)
	}
}

// usage adds up the files under a directory, as far as they can be seen.
func usage(dir string) (bytes int64) {
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil // files come and go under a running node
		}
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			bytes += info.Size()
		}
		return nil
	})
	return bytes
}

// settings checks the config and the network file, and returns how the chain is
// reached.
func (e *examination) settings(dir repo.Dir) *chain.Config {
	cfg, err := node.LoadConfig(dir.Config())
	if err == nil {
		err = cfg.Validate()
	}
	if err != nil {
		e.fail("config", err.Error(), "repair "+dir.Config())
	} else {
		e.ok("config", "%s is good", dir.Config())
	}
	network, err := node.LoadNetwork(dir.Network())
	if err != nil {
		e.fail("network", err.Error(), "copy the network.json of somebody in the network to "+dir.Network())
		return nil
	}
	e.ok("network", "topic %s, chain %d, %d peers to meet first", network.Topic, network.ChainID, len(network.Bootstrap))
	way := cfg.ChainOf(network)
	return &way
}

// chain asks the RPC servers themselves.
func (e *examination) chain(ctx context.Context, cfg chain.Config) {
	const remedy = "check that the chain's RPC server runs, and rpc_url and rpc_urls under [chain] in config.toml"
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	client, err := chain.NewClient(cfg)
	if err != nil {
		e.fail("chain", err.Error(), remedy)
		return
	}
	defer client.Close()
	good := 0
	for _, server := range client.Inspect(ctx) {
		switch server.State {
		case "good":
			good++
			if len(cfg.MoreRPC) > 0 {
				e.ok("rpc server", "%s is at block %d", server.Name, server.Head)
			}
		case "wrong":
			e.fail("rpc server", server.Reason, remedy)
		default:
			e.warn("rpc server", server.Name+" is "+server.State+": "+server.Reason, remedy)
		}
	}
	if good == 0 {
		e.fail("chain", "no RPC server can be used", remedy)
		return
	}
	head, at, err := client.Head(ctx)
	if err != nil {
		e.fail("chain", err.Error(), remedy)
		return
	}
	age := time.Since(time.Unix(int64(at), 0)).Round(time.Second)
	message := fmt.Sprintf("chain %d, block %d, %s old", cfg.ChainID, head, max(age, 0))
	if age > 5*time.Minute {
		e.warn("chain", message, "the RPC server may be behind; chains that mine on demand are like that")
	} else {
		e.ok("chain", "%s", message)
	}
	if err := deploy.Check(ctx, client, cfg.ChainID, cfg.Contracts); err != nil {
		e.fail("contracts", err.Error(), "get the current network.json of the network")
		return
	}
	e.ok("contracts", "market %s and the other four are what they should be", cfg.Contracts.Market)
}

// runningNode asks the node what it finds, and reports whether it answered.
func (e *examination) runningNode(c *cli.Context) bool {
	var d oas.Diagnosis
	var url string
	err := onNode(func(c *cli.Context, n call.Node) error {
		n.User, url = "", n.API
		return n.Get(c.Context, "/node/doctor", nil, &d)
	})(c)
	if err != nil {
		e.fail("node", err.Error(), "see the node's log if it is meant to run")
		return false
	}
	e.ok("node", "answers at %s", url)
	for _, check := range d.Checks {
		f := finding{Name: check.Name, Status: "ok", Message: check.Message}
		if !check.Ok {
			f.Status, e.OK = "fail", false
			if check.Remedy != nil {
				f.Remedy = *check.Remedy
			}
		}
		e.Checks = append(e.Checks, f)
	}
	return true
}
