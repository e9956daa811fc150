package api

import (
	"context"
	"time"

	"privd/api/oas"
	"privd/market"
	"privd/market/purchase"
	"privd/market/sale"
)

// Node tells of the node itself.
type Node interface {
	Health(ctx context.Context) Health
	Status(ctx context.Context) (Status, error)
	Peers(ctx context.Context) ([]Peer, error)
	// Doctor checks what the node depends on; what is wrong is a check, not an error.
	Doctor(ctx context.Context) ([]Check, error)
	// Verify re-hashes every block and opens every key, and tells each how far it is
	// and what is damaged. An error of tell ends it.
	Verify(ctx context.Context, tell func(Verified) error) error
}

// Health is the little that anybody may know.
type Health struct {
	Peers  int
	Head   uint64
	Synced bool
}

// Status is a node in numbers.
type Status struct {
	Version      string
	Repo         string
	PeerID       string
	P2PAddresses []string
	APIAddress   string
	X402Address  string // empty while that listener is off
	StartedAt    time.Time
	Now          time.Time // the node's clock
	Peers        int
	Chain        ChainStatus
	Transactions TransactionCounts
	Counts       map[string]int64
	Purchases    purchase.Watch // what the purchases under way ask of the operator
	Sales        sale.Due       // what the sales under way ask of the operator
}

// ChainStatus is how the node stands to its chain.
type ChainStatus struct {
	ChainID  uint64
	Head     uint64
	HeadTime time.Time
	Synced   bool           // the node acts on what it knows of the chain
	Reason   string         // why it does not
	Missing  CatchingUp     // blocks that are still to be read; zero when there are none
	Second   bool           // two RPC servers have to tell the same
	Agreed   uint64         // up to this block they did
	Alone    bool           // one is believed, since no other can be asked
	Servers  []RPCServer    // in order of preference
	Account  market.Address // sends transactions and pays for gas
	Balance  market.Amount  // of the account, in wei of the chain's own coin
}

// CatchingUp is how far a node is with blocks it missed.
type CatchingUp struct{ From, At, To uint64 }

// RPCServer is how one server of the chain does.
type RPCServer struct {
	Name   string // host and port, never the URL
	InUse  bool
	State  string
	Reason string
	Head   uint64
}

// Peer is a connected peer.
type Peer struct {
	ID        string
	Address   string
	Protocols []string
	Latency   time.Duration // 0 when not known
	Outbound  bool
}

// Check is one thing that a doctor looked at.
type Check struct {
	Name    string
	OK      bool
	Message string
	Remedy  string // what the operator can do; may be empty
}

// Verified is how far a verification is.
type Verified struct {
	Checked int64 // blocks and keys
	Total   int64
	Bytes   int64
	Damaged int64
	Damage  string // what is damaged, when this is about damage
}

// GetNodeStatus implements oas.StrictServerInterface.
func (h *handlers) GetNodeStatus(ctx context.Context, _ oas.GetNodeStatusRequestObject) (oas.GetNodeStatusResponseObject, error) {
	s, err := h.Node.Status(ctx)
	if err != nil {
		return nil, err
	}
	counts := s.Counts
	if counts == nil {
		counts = map[string]int64{}
	}
	eth, wei := priv(s.Chain.Balance) // the chain's coin has 18 decimals too
	return oas.GetNodeStatus200JSONResponse{Success: true, Data: oas.NodeStatus{
		Version: s.Version, Repo: s.Repo, PeerID: s.PeerID, P2PAddresses: whole(s.P2PAddresses), APIAddress: s.APIAddress,
		X402Address: present(s.X402Address), StartedAt: seconds(s.StartedAt), UptimeSeconds: int64(time.Since(s.StartedAt) / time.Second),
		Now: seconds(s.Now), Peers: s.Peers, Counts: counts,
		Purchases: oas.OpenPurchases{Open: s.Purchases.Waiting, NeededBefore: optional(s.Purchases.ReachableBefore)},
		Sales:     oas.OpenSales{Open: s.Sales.Open, Alarms: s.Sales.Alarms, NeededBefore: optional(s.Sales.Before)},
		Chain:     chainStatus(s.Chain, eth, wei),
		Transactions: oas.TransactionCounts{
			Queued: s.Transactions.Queued, InFlight: s.Transactions.InFlight, Unconfirmed: s.Transactions.Unconfirmed, WaitingFor: present(s.Transactions.Waiting),
		},
	}}, nil
}

func chainStatus(c ChainStatus, eth oas.Money, wei oas.Wei) oas.ChainStatus {
	out := oas.ChainStatus{
		ChainID: c.ChainID, Head: c.Head, HeadTime: optional(c.HeadTime), Synced: c.Synced, Reason: present(c.Reason), Alone: c.Alone,
		RPCServers: make([]oas.RPCServer, len(c.Servers)),
		Account:    c.Account.Hex(), AccountBalanceEth: eth, AccountBalanceEthWei: wei,
	}
	if c.Missing != (CatchingUp{}) {
		out.CatchingUp = &oas.CatchingUp{From: c.Missing.From, At: c.Missing.At, To: c.Missing.To}
	}
	if c.Second {
		out.ConfirmedBlock = &c.Agreed
	}
	for i, s := range c.Servers {
		out.RPCServers[i] = oas.RPCServer{Name: s.Name, InUse: s.InUse, State: s.State, Reason: present(s.Reason), Head: s.Head}
	}
	return out
}

// ListPeers implements oas.StrictServerInterface.
func (h *handlers) ListPeers(ctx context.Context, _ oas.ListPeersRequestObject) (oas.ListPeersResponseObject, error) {
	peers, err := h.Node.Peers(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]oas.Peer, len(peers))
	for i, p := range peers {
		list[i] = oas.Peer{
			PeerID: p.ID, Address: p.Address, Protocols: whole(p.Protocols), LatencyMs: present(p.Latency.Milliseconds()), Outbound: p.Outbound,
		}
	}
	return oas.ListPeers200JSONResponse{Success: true, Data: oas.PeerList{Peers: list}}, nil
}

// RunDoctor implements oas.StrictServerInterface.
func (h *handlers) RunDoctor(ctx context.Context, _ oas.RunDoctorRequestObject) (oas.RunDoctorResponseObject, error) {
	checks, err := h.Node.Doctor(ctx)
	if err != nil {
		return nil, err
	}
	d := oas.Diagnosis{Ok: true, Checks: make([]oas.Check, len(checks))}
	for i, c := range checks {
		d.Ok = d.Ok && c.OK
		d.Checks[i] = oas.Check{Name: c.Name, Ok: c.OK, Message: c.Message, Remedy: present(c.Remedy)}
	}
	return oas.RunDoctor200JSONResponse{Success: true, Data: d}, nil
}
