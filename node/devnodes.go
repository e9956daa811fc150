package node

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"privd/market"
	"privd/market/deal"
	"privd/market/ledger"
	"privd/market/sale"
	"privd/market/task"
	"privd/storage/records"
	"privd/storage/repo"
)

// waitingReceipts names the count of receipts that are noted and not settled yet.
const waitingReceipts = "receipts_waiting"

// peerStatus is the little that nodes of a development network ask each other.
type peerStatus struct {
	Data struct {
		Chain struct {
			HeadTime *time.Time `json:"head_time"`
		} `json:"chain"`
		Counts map[string]int64 `json:"counts"`
	} `json:"data"`
}

// askStatus asks the node of a repo on this machine.
func askStatus(ctx context.Context, dir string) (s peerStatus, err error) {
	d := repo.Dir(dir)
	url, err := d.ReadText(d.API())
	if err != nil {
		return s, err
	}
	token, err := d.ReadText(d.Token())
	if err != nil {
		return s, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/api/v1/node/status", nil)
	if err != nil {
		return s, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return s, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return s, fmt.Errorf("node status: %s", answer.Status)
	}
	return s, json.NewDecoder(http.MaxBytesReader(nil, answer.Body, 1<<20)).Decode(&s)
}

// countWaiting returns how many receipts are noted and not settled yet.
func (n *Node) countWaiting(ctx context.Context) (waiting int64, err error) {
	err = n.records.View(ctx, func(tx *records.Tx) error {
		waiting = 0
		open, err := tx.OpenSales(maxDevSales)
		for _, s := range open {
			if err == nil && s.Receipt != nil {
				var state deal.State
				// A receipt from before a reorganisation settles nothing.
				if state, err = ledger.StateOf(tx, s.Purchase); !state.Status.Final() && s.Receipt.OpenedAt >= state.BoughtAt {
					waiting++
				}
			}
		}
		return err
	})
	return waiting, err
}

const maxDevSales = 10_000

// settleAll settles every receipt that was noted, on every node of the network.
func (d *dev) settleAll(ctx context.Context) error {
	err := d.n.records.Update(ctx, func(tx *records.Tx) error {
		return tx.PutTask(task.Task{Kind: task.Settle, Key: sale.SettleKey, Due: d.n.clock.Now().UTC()})
	})
	if err != nil {
		return err
	}
	return d.eachNode(ctx, "settle receipts", func(s peerStatus) bool { return s.Data.Counts[waitingReceipts] == 0 })
}

// waitAll waits until every node of the network has read a block of that time.
func (d *dev) waitAll(ctx context.Context, target time.Time) error {
	return d.eachNode(ctx, "follow the chain", func(s peerStatus) bool {
		return s.Data.Chain.HeadTime != nil && !s.Data.Chain.HeadTime.Before(target)
	})
}

// waitNodes bounds how long the nodes of the network have.
const waitNodes = time.Minute

// eachNode waits until ready is true of every node of the network.
func (d *dev) eachNode(ctx context.Context, what string, ready func(peerStatus) bool) error {
	ctx, cancel := context.WithTimeout(ctx, waitNodes)
	defer cancel()
	for _, dir := range d.n.cfg.Dev.Nodes {
		if err := until(ctx, func() bool { s, err := askStatus(ctx, dir); return err == nil && ready(s) }); err != nil {
			return &market.Error{Op: what, Code: market.Unavailable, Message: "the node at " + dir + " did not get there in time", Err: err}
		}
	}
	return nil
}

// until asks until the answer is yes or ctx ends.
func until(ctx context.Context, yes func() bool) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !yes() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}
