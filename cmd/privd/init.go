package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"privd/market"
	"privd/node"
)

func initCommand() *cli.Command {
	return &cli.Command{
		Name: "init", Category: categoryNode,
		Usage: "Make a repo: keys, settings and the network to join",
		Description: "The network file names the chain, the contracts and peers to meet, as a genesis file does for a chain.\n" +
			"Wallet keys are encrypted under a random password kept in the repo, or under the first line of\n" +
			"--password-file, which start then needs too.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "network", Usage: "the network's `FILE` (network.json)"},
			&cli.StringFlag{Name: "password-file", Usage: "`FILE` with the password of the keystore"},
		},
		Action: initRepo,
	}
}

func initRepo(c *cli.Context) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	file := c.String("network")
	if file == "" {
		return market.Fail(market.Invalid, "name the network to join: --network FILE (the network.json of somebody in it)")
	}
	dir, err := repoDir(c)
	if err != nil {
		return err
	}
	err = node.Init(c.Context, string(dir), node.InitOptions{NetworkFile: file, PasswordFile: c.String("password-file")})
	if err != nil {
		return fmt.Errorf("init: %w", err)
	}
	return show(c, map[string]string{"repo": string(dir)}, func() {
		fmt.Fprintln(c.App.Writer, "made "+string(dir))
		say(c, "Start the node with: privd start --repo %s", dir)
	})
}
