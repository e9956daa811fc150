package main

import (
	"strconv"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
)

func reputationCommand() *cli.Command {
	return &cli.Command{
		Name: "reputation", Category: categoryPeople,
		Usage:  "Show the reputation of the operator, or of --user, and what the next level takes",
		Action: onNode(showReputation),
	}
}

func showReputation(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	var r oas.Reputation
	if err := n.Get(c.Context, "/user/reputation", nil, &r); err != nil {
		return err
	}
	return show(c, r, func() {
		rows := [][]string{
			{"level", strconv.Itoa(r.ReputationLevel) + " " + r.LevelName},
			{"tasks completed", strconv.FormatUint(r.TotalTasksCompleted, 10)},
			{"accuracy", string(r.AccuracyScore)},
			{"on known answers", string(r.GoldStandardAccuracy)},
			{"with others", string(r.ConsensusRate)},
			{"staked", string(r.StakedPriv) + " PRIV"},
		}
		if next := r.NextLevelRequirements; next != nil {
			rows = append(rows, []string{
				"for " + next.LevelName,
				strconv.FormatUint(next.TasksNeeded, 10) + " more tasks, accuracy " + string(next.AccuracyNeeded) + ", stake " + string(next.StakeNeeded) + " PRIV",
			})
		}
		table(c.App.Writer, nil, rows)
	})
}
