package main

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/urfave/cli/v2"

	"privd/api/oas"
	"privd/cmd/internal/call"
	"privd/market"
)

func userConsentCommand() *cli.Command {
	return &cli.Command{
		Name:  "consent",
		Usage: "Show or save what the operator, or --user, agrees to",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "agree", Usage: "to `USES`: any of analytics,marketing,data_sharing,personalization, or none"},
		},
		Action: onNode(userConsent),
	}
}

func userConsent(c *cli.Context, n call.Node) error {
	if err := arguments(c, 0, 0); err != nil {
		return err
	}
	if !c.IsSet("agree") {
		var consent oas.UserConsent
		if err := n.Get(c.Context, "/user/consent", nil, &consent); err != nil {
			return err
		}
		return show(c, consent, func() { showPreferences(c, consent.Preferences, when(consent.LastUpdated)) })
	}
	preferences, err := parsePreferences(c.String("agree"))
	if err != nil {
		return err
	}
	var saved oas.SavedConsent
	if err := n.Send(c.Context, http.MethodPost, "/user/consent", oas.SaveUserConsentJSONBody{Preferences: preferences}, &saved); err != nil {
		return err
	}
	return show(c, saved, func() { showPreferences(c, saved.Preferences, when(&saved.LastUpdated)) })
}

func showPreferences(c *cli.Context, p oas.Preferences, since string) {
	table(c.App.Writer, nil, [][]string{
		{"analytics", yesNo(p.Analytics)}, {"marketing", yesNo(p.Marketing)}, {"data sharing", yesNo(p.DataSharing)},
		{"personalization", yesNo(p.Personalization)}, {"since", since},
	})
}

// parsePreferences reads a list such as "analytics,data_sharing". What is not named
// is not agreed to.
func parsePreferences(list string) (p oas.Preferences, err error) {
	if list == "none" {
		return p, nil
	}
	for use := range strings.SplitSeq(list, ",") {
		switch strings.TrimSpace(use) {
		case "analytics":
			p.Analytics = true
		case "marketing":
			p.Marketing = true
		case "data_sharing":
			p.DataSharing = true
		case "personalization":
			p.Personalization = true
		default:
			return p, market.Fail(market.Invalid, fmt.Sprintf("unknown use %q; --agree takes analytics,marketing,data_sharing,personalization (any of them, or none)", use))
		}
	}
	return p, nil
}
