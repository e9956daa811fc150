package main

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

func userCommand() *cli.Command {
	return &cli.Command{
		Name: "user", Category: categoryPeople,
		Usage: "Users of this node",
		Subcommands: []*cli.Command{
			{
				Name: "add", ArgsUsage: "NAME",
				Usage: "Add a local user with a wallet that the node manages; prints the user's first API key",
				Flags: []cli.Flag{
					&cli.StringFlag{Name: "referrer", Usage: "`USER` who brought the new one, by name or id; earns a tenth of the first reward"},
					&cli.StringFlag{Name: "external", Usage: "`ADDRESS` of a wallet that signs for itself, instead of a managed one"},
				},
				Action: onNode(userAdd),
			},
			{
				Name:   "list",
				Usage:  "List users",
				Action: onNode(userList),
			},
			{
				Name: "login", ArgsUsage: "[NAME]",
				Usage:  "Print a bearer token (JWT) that speaks for a user for a day",
				Action: onNode(userLogin),
			},
			userConsentCommand(),
		},
	}
}

func userAdd(c *cli.Context, n call.Node) error {
	if err := arguments(c, 1, 1); err != nil {
		return err
	}
	n.User = "" // users are the operator's to add, whoever PRIVD_USER is
	body := oas.CreateUserJSONBody{Name: c.Args().First()}
	if wallet := c.String("external"); wallet != "" {
		body.WalletAddress = &wallet
	}
	if referrer := c.String("referrer"); referrer != "" {
		id, err := userID(c, n, referrer)
		if err != nil {
			return err
		}
		body.Referrer = &id
	}
	var user oas.CreatedUser
	if err := n.Send(c.Context, http.MethodPost, "/node/users", body, &user); err != nil {
		return err
	}
	return show(c, user, func() {
		table(c.App.Writer, nil, [][]string{
			{"user", user.Name}, {"id", user.UserID}, {"wallet", user.WalletAddress}, {"API key", user.APIKey},
		})
		say(c, "The API key is shown only now.")
	})
}

func userList(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	list, err := users(c, n)
	if err != nil {
		return err
	}
	return show(c, list, func() {
		rows := make([][]string, len(list.Users))
		for i, u := range list.Users {
			kind := "external wallet"
			if u.Managed {
				kind = "managed wallet"
			}
			if u.Operator {
				kind = "operator"
			}
			rows[i] = []string{u.Name, u.UserID, u.WalletAddress, kind, when(&u.CreatedAt)}
		}
		table(c.App.Writer, []string{"NAME", "ID", "WALLET", "KIND", "SINCE"}, rows)
	})
}

func userLogin(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 1); err != nil {
		return err
	}
	name := c.Args().First()
	if name == "" {
		name = n.User
	}
	id, err := userID(c, n, name)
	if err != nil {
		return err
	}
	n.User = ""
	var token oas.Token
	if err := n.Send(c.Context, http.MethodPost, "/node/users/"+url.PathEscape(id)+"/token", nil, &token); err != nil {
		return err
	}
	return show(c, token, func() { fmt.Fprintln(c.App.Writer, token.Token) })
}

func users(c *cli.Context, n call.Node) (oas.UserList, error) {
	n.User = ""
	var list oas.UserList
	return list, n.Get(c.Context, "/node/users", nil, &list)
}

// userID finds a user by name or id; the empty name is the operator.
func userID(c *cli.Context, n call.Node, name string) (string, error) {
	list, err := users(c, n)
	if err != nil {
		return "", err
	}
	for _, u := range list.Users {
		if u.Name == name || u.UserID == name || (name == "" && u.Operator) {
			return u.UserID, nil
		}
	}
	return "", market.Fail(market.NotFound, fmt.Sprintf("this node has no user %q; see: privd user list", name))
}
