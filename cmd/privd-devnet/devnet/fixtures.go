package devnet

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"privd/api/oas"
)

// seed makes on the first node what --fixtures asks for, unless it is there.
func (n *network) seed(ctx context.Context) error {
	if n.cfg.Fixtures == "" {
		return nil
	}
	var answer oas.FixturesAnswer
	err := n.members[0].api.Send(ctx, http.MethodPost, "/dev/fixtures", oas.SeedFixturesJSONBody{Set: n.cfg.Fixtures}, &answer)
	if err != nil {
		return fmt.Errorf("--fixtures %s: %w", n.cfg.Fixtures, err)
	}
	n.fixtures = answer.Fixtures
	return nil
}

// examples tells which credential each documented example takes.
func (n *network) examples(text *strings.Builder) {
	if len(n.fixtures) == 0 {
		return
	}
	m := n.members[0]
	text.WriteString("\nEvery example of docs/api runs when it is pasted with this host and the credential of its user:\n\n")
	fmt.Fprintf(text, "  https://api.priv.io and https://api.privlabs.io  ->  %s\n", m.api.API)
	for _, u := range m.file.Users {
		fmt.Fprintf(text, "\n  %s: %s\n  eyJ...       ->  %s\n  pk_live_xxx  ->  %s\n", u.Name, fixtureUse(n.fixtures, u.Name), u.JWT, u.APIKey)
		for _, f := range n.fixtures {
			if f.User == u.Name {
				fmt.Fprintf(text, "  %-22s  %s\n", f.ID, f.What)
			}
		}
	}
}

// fixtureUse says in words what a user's credential is for.
func fixtureUse(fixtures []oas.Fixture, name string) string {
	for _, f := range fixtures {
		if f.User == name && strings.HasPrefix(f.ID, "purchase_") {
			return "to browse, purchase, list purchases and download"
		}
		if f.User == name && strings.HasPrefix(f.ID, "contrib_") {
			return "to upload, sell, erase, and for everything under /user"
		}
	}
	return "owns none of it"
}
