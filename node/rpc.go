package node

import (
	"fmt"
	"strings"
	"time"

	"privd/api"
)

// chain tells how the node stands to its chain.
func (s status) chain() api.ChainStatus {
	n := s.n
	head, _, _ := n.follower.Head()
	confirmed := n.follower.Confirmed()
	out := api.ChainStatus{
		ChainID: n.network.ChainID, Head: head.Number, Account: n.secrets.Account,
		Missing: api.CatchingUp(n.follower.Progress()), Second: confirmed.Wanted, Agreed: confirmed.Block, Alone: confirmed.Alone,
	}
	if head.Time > 0 {
		out.HeadTime = time.Unix(int64(head.Time), 0).UTC()
	}
	if _, err := n.face.Head(); err != nil {
		out.Reason = err.Error()
	} else {
		out.Synced = true
	}
	for _, server := range n.client.Servers() {
		out.Servers = append(out.Servers, api.RPCServer(server))
	}
	return out
}

func (s status) checkChain() api.Check {
	const name = "chain"
	head, err := s.n.face.Head()
	if p := s.n.follower.Progress(); p.To > p.At {
		return api.Check{Name: name, Message: fmt.Sprintf("blocks %d to %d are being read, up to %d so far; nothing is sold meanwhile", p.From, p.To, p.At), Remedy: "wait"}
	}
	if err != nil {
		return api.Check{Name: name, Message: "nothing is sold, bought or handed out: " + err.Error(),
			Remedy: "see that the RPC server of network.json (or chain.rpc_url in config.toml) is running and reachable; name more of them as chain.rpc_urls"}
	}
	return api.Check{Name: name, OK: true, Message: fmt.Sprintf("chain %d is followed to block %d", s.n.network.ChainID, head.Number)}
}

// checkServers names the RPC servers that are of no use.
func (s status) checkServers() api.Check {
	const name = "rpc servers"
	var bad, all []string
	for _, server := range s.n.client.Servers() {
		text := server.Name + " " + server.State
		if server.InUse {
			text += ", in use"
		}
		all = append(all, text)
		switch server.State {
		case "good", "unknown":
		default:
			bad = append(bad, server.Name+" is "+server.State+": "+server.Reason)
		}
	}
	confirmed := s.n.follower.Confirmed()
	if confirmed.Alone {
		bad = append(bad, "one is believed alone, since no other can be asked")
	}
	if len(bad) > 0 {
		return api.Check{Name: name, Message: strings.Join(bad, "; "), Remedy: "replace those that stay like this, in chain.rpc_url and chain.rpc_urls of config.toml"}
	}
	message := strings.Join(all, "; ")
	if confirmed.Wanted {
		message += fmt.Sprintf("; two agree up to block %d", confirmed.Block)
	}
	return api.Check{Name: name, OK: true, Message: message}
}
