package devnet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"privd/chain"
	"privd/market"
	"privd/storage/durable"
)

// state is what a later start needs to resume the network. It is stored after each
// step, so that an interrupted first start is continued.
type state struct {
	Topic       string           `json:"topic"`
	Contracts   chain.Contracts  `json:"contracts"`
	DeployBlock uint64           `json:"deploy_block"`
	External    bool             `json:"external"` // the chain is not the embedded one
	RPC         string           `json:"rpc"`      // address of the embedded chain
	Nodes       []nodeState      `json:"nodes"`
	Funded      []market.Address `json:"funded"` // who was given money

	path string
}

// nodeState is what belongs to one node.
type nodeState struct {
	API        string            `json:"api"` // address, for all but the first node
	Listen     []string          `json:"listen"`
	P2P        []string          `json:"p2p"` // addresses with peer id, as last seen
	ServiceKey string            `json:"service_key"`
	UserKeys   map[string]string `json:"user_keys"` // API key of each user
}

func loadState(dir string) (*state, error) {
	s := &state{path: filepath.Join(dir, "state.json")}
	raw, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, s); err != nil {
		return nil, fmt.Errorf("%s is damaged; remove %s to start anew: %w", s.path, dir, err)
	}
	return s, nil
}

func (s *state) save() error {
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return durable.WriteFile(s.path, append(raw, '\n'), 0o600) // it holds keys
}

// node returns the state of a node, made when it is new.
func (s *state) node(i int) *nodeState {
	for len(s.Nodes) <= i {
		s.Nodes = append(s.Nodes, nodeState{UserKeys: map[string]string{}})
	}
	return &s.Nodes[i]
}
