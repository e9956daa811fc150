package main

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
)

func keyCommand() *cli.Command {
	return &cli.Command{
		Name: "key", Category: categoryPeople,
		Usage: "API keys",
		Subcommands: []*cli.Command{
			{
				Name: "create", ArgsUsage: "[NAME]",
				Usage: "Make an API key for the operator, or for --user",
				Flags: []cli.Flag{
					&cli.BoolFlag{Name: "service", Usage: "a service key (sk_live_): reads every user, buys nothing"},
				},
				Action: onNode(keyCreate),
			},
			{
				Name:   "list",
				Usage:  "List API keys, without their secrets",
				Action: onNode(keyList),
			},
			{
				Name: "revoke", ArgsUsage: "ID",
				Usage:  "End an API key",
				Action: onNode(keyRevoke),
			},
		},
	}
}

func keyCreate(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 1); err != nil {
		return err
	}
	kind := oas.KeyKind("user")
	if c.Bool("service") {
		kind = "service"
	}
	body := oas.CreateKeyJSONBody{Name: c.Args().First(), Kind: &kind}
	if body.Name == "" {
		body.Name = "cli"
	}
	var key oas.NewKey
	if err := n.Send(c.Context, http.MethodPost, "/auth/keys", body, &key); err != nil {
		return err
	}
	return show(c, key, func() {
		fmt.Fprintln(c.App.Writer, key.APIKey)
		say(c, "This is %s (%s). The secret is shown only now.", key.ID, printable(key.Name))
	})
}

func keyList(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	var list oas.KeyList
	if err := n.Get(c.Context, "/auth/keys", nil, &list); err != nil {
		return err
	}
	return show(c, list, func() {
		rows := make([][]string, len(list.Keys))
		for i, k := range list.Keys {
			rows[i] = []string{k.ID, k.Name, string(k.Kind), k.Hint + "…", when(&k.CreatedAt), when(k.LastUsedAt)}
		}
		table(c.App.Writer, []string{"ID", "NAME", "KIND", "KEY", "CREATED", "LAST USED"}, rows)
	})
}

func keyRevoke(c *cli.Context, n call.Node) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	var revoked oas.RevokedKey
	if err := n.Send(c.Context, http.MethodDelete, "/auth/keys/"+url.PathEscape(c.Args().First()), nil, &revoked); err != nil {
		return err
	}
	return show(c, revoked, func() { fmt.Fprintln(c.App.Writer, "revoked "+revoked.ID) })
}
