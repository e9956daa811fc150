package devnet

import (
	"fmt"
	"path/filepath"
	"strings"
)

// tell prints what runs and what to paste next.
func (n *network) tell() {
	var text strings.Builder
	fmt.Fprintf(&text, "chain   %s (chain id %d)\n", n.ledger.url, n.ledger.id)
	for _, m := range n.members {
		fmt.Fprintf(&text, "%-7s %s  repo %s", m.name(), m.api.API, m.relative())
		for _, u := range m.file.Users {
			fmt.Fprintf(&text, "  %s", u.Name)
		}
		text.WriteString("\n")
	}
	fmt.Fprintf(&text, "all of it, keys and tokens too: %s\n", filepath.Join(n.cfg.Dir, FileName))
	n.seller(&text)
	if len(n.members) > 1 {
		n.buyer(&text)
	}
	n.examples(&text)
	text.WriteString("\n^C stops everything; the same command starts it again.\n")
	fmt.Fprint(n.cfg.Out, text.String())
}

func (n *network) seller(text *strings.Builder) {
	m := n.members[0]
	fmt.Fprintf(text, `
Sell, as alice on node0:

  export PRIVD_REPO=%s PRIVD_USER=alice
  ID=$(%[2]s add README.md --type text --consent ai,research,commercial --wait)
  LISTING=$(%[2]s sell --title "My first listing" --price 2.5 $ID)
  curl -s -H "Authorization: Bearer %[3]s" %[4]s/api/v1/contributions
`, m.relative(), n.program(), m.file.Users[0].APIKey, m.api.API)
}

func (n *network) buyer(text *strings.Builder) {
	fmt.Fprintf(text, `
Buy, as carol on node1:

  export PRIVD_REPO=%s PRIVD_USER=carol
  %[2]s browse
  PURCHASE=$(%[2]s buy $LISTING --wait)
  %[2]s download $PURCHASE -o bought
`, n.members[1].relative(), n.program())
}

// program returns the node's program as one would type it.
func (n *network) program() string {
	if here, err := filepath.Abs("."); err == nil {
		if short, err := filepath.Rel(here, n.cfg.Program); err == nil && !strings.HasPrefix(short, "..") {
			return "./" + short
		}
	}
	return n.cfg.Program
}
