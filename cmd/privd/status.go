package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
)

func statusCommand() *cli.Command {
	return &cli.Command{
		Name: "status", Category: categoryNode,
		Usage:  "Show how the node does",
		Action: onNode(status),
	}
}

func status(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	var s oas.NodeStatus
	if err := n.Get(c.Context, "/node/status", nil, &s); err != nil {
		return err
	}
	return show(c, s, func() {
		rows := [][]string{
			{"version", s.Version},
			{"repo", s.Repo},
			{"API", s.APIAddress},
			{"datasets (x402)", text(s.X402Address)},
			{"peer id", s.PeerID},
			{"listens at", strings.Join(s.P2PAddresses, ", ")},
			{"peers", strconv.Itoa(s.Peers)},
			{"running since", when(&s.StartedAt) + " (" + (time.Duration(s.UptimeSeconds) * time.Second).String() + ")"},
			{"chain", fmt.Sprintf("%d, block %d of %s, %s", s.Chain.ChainID, s.Chain.Head, when(s.Chain.HeadTime), synced(s.Chain.Synced))},
		}
		rows = append(rows, chainRows(s.Chain)...)
		rows = append(rows, [][]string{
			{"account", s.Chain.Account + ", " + string(s.Chain.AccountBalanceEth) + " ETH for gas"},
		}...)
		if s.Sales.NeededBefore != nil {
			rows = append(rows, []string{"be up", fmt.Sprintf("once before %s, or a price goes back to its buyer; sales under way: %d", when(s.Sales.NeededBefore), s.Sales.Open)})
		}
		if s.Sales.Alarms > 0 {
			rows = append(rows, []string{"look into", fmt.Sprintf("%d sales, see: privd sales", s.Sales.Alarms)})
		}
		if s.Purchases.NeededBefore != nil {
			rows = append(rows, []string{"stay reachable", fmt.Sprintf("once before %s, or a seller that cheats may be paid; purchases that wait: %d", when(s.Purchases.NeededBefore), s.Purchases.Open)})
		}
		rows = append(rows, []string{"transactions", fmt.Sprintf("%d to send, %d to be mined, %d to be confirmed", s.Transactions.Queued, s.Transactions.InFlight, s.Transactions.Unconfirmed)})
		if s.Transactions.WaitingFor != nil {
			rows = append(rows, []string{"they wait", *s.Transactions.WaitingFor})
		}
		for _, name := range slices.Sorted(maps.Keys(s.Counts)) {
			rows = append(rows, []string{strings.ReplaceAll(name, "_", " "), strconv.FormatInt(s.Counts[name], 10)})
		}
		table(c.App.Writer, nil, rows)
	})
}

func synced(yes bool) string {
	if yes {
		return "synced"
	}
	return "not relied on"
}

// chainRows tell what is wrong with the chain and its servers, if anything is.
func chainRows(s oas.ChainStatus) (rows [][]string) {
	if s.Reason != nil {
		rows = append(rows, []string{"", "nothing is bought, sold or handed out: " + *s.Reason})
	}
	if c := s.CatchingUp; c != nil && c.To > c.At {
		rows = append(rows, []string{"catching up", fmt.Sprintf("block %d, from %d to %d", c.At, c.From, c.To)})
	}
	if s.ConfirmedBlock != nil {
		confirmed := fmt.Sprintf("by two servers up to block %d", *s.ConfirmedBlock)
		if s.Alone {
			confirmed += "; one is believed alone, since no other can be asked"
		}
		rows = append(rows, []string{"confirmed", confirmed})
	}
	for _, server := range s.RPCServers {
		line := fmt.Sprintf("%s, %s, block %d", server.Name, server.State, server.Head)
		if server.InUse {
			line += ", in use"
		}
		if server.Reason != nil {
			line += ": " + *server.Reason
		}
		rows = append(rows, []string{"rpc server", line})
	}
	return rows
}
