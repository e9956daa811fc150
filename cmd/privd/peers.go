package main

import (
	"fmt"
	"strconv"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
)

func peersCommand() *cli.Command {
	return &cli.Command{
		Name: "peers", Category: categoryNode,
		Usage:  "List connected peers",
		Action: onNode(peers),
	}
}

func peers(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	var list oas.PeerList
	if err := n.Get(c.Context, "/node/peers", nil, &list); err != nil {
		return err
	}
	return show(c, list, func() {
		if len(list.Peers) == 0 {
			fmt.Fprintln(c.App.Writer, "no peers; privd doctor may know why")
			return
		}
		rows := make([][]string, len(list.Peers))
		for i, p := range list.Peers {
			latency, direction := "-", "in"
			if p.LatencyMs != nil {
				latency = strconv.FormatInt(*p.LatencyMs, 10) + " ms"
			}
			if p.Outbound {
				direction = "out"
			}
			rows[i] = []string{p.PeerID, p.Address, direction, latency}
		}
		table(c.App.Writer, []string{"PEER", "ADDRESS", "DIRECTION", "LATENCY"}, rows)
	})
}
