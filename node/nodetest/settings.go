package nodetest

import (
	"os"
	"testing"

	"privd/storage/repo"
)

// Reconfigure restarts a node with other further tables in its config.toml than the
// network's.
func (nw *Network) Reconfigure(t testing.TB, n *Node, settings string) {
	t.Helper()
	n.Stop(t)
	was := nw.settings
	nw.settings = settings
	must(t, os.WriteFile(repo.Dir(n.Dir).Config(), nw.config(), 0o600))
	nw.settings = was
	n.Start(t)
}
