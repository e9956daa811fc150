package devnet

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"privd/node"
	"privd/storage/durable"
)

// File is devnet.json: all that scripts need to know. It is there only while
// everything in it answered.
type File struct {
	Chain     FileChain      `json:"chain"`
	Network   string         `json:"network"` // path of network.json
	FaucetKey string         `json:"faucet_private_key"`
	Contracts node.Contracts `json:"contracts"`
	Nodes     []FileNode     `json:"nodes"`
}

// FileChain is where the chain is.
type FileChain struct {
	RPC     string `json:"rpc"`
	ChainID uint64 `json:"chain_id"`
}

// FileNode is one running node.
type FileNode struct {
	Repo          string     `json:"repo"`
	API           string     `json:"api"`
	X402          *string    `json:"x402"` // null while that server is off
	P2P           []string   `json:"p2p"`
	OperatorToken string     `json:"operator_token"`
	ServiceKey    string     `json:"service_key"`
	Users         []FileUser `json:"users"`
}

// FileUser is one funded user.
type FileUser struct {
	Name          string `json:"name"`
	UserID        string `json:"user_id"`
	WalletAddress string `json:"wallet_address"`
	PrivateKey    string `json:"private_key"`
	APIKey        string `json:"api_key"`
	JWT           string `json:"jwt"`
}

// FileName is the name of File in the network's directory.
const FileName = "devnet.json"

func (f File) save(dir string) error {
	raw, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(dir, FileName), append(raw, '\n'), 0o600)
}

func removeFile(dir string) error {
	err := os.Remove(filepath.Join(dir, FileName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
