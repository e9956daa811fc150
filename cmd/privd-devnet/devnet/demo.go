package devnet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"privd/api/oas"
	"privd/chain"
	"privd/cmd/internal/call"
	"privd/cmd/internal/save"
	"privd/market"
)

// demoPrice is what the demo's listing costs, in PRIV.
const demoPrice = "12.5"

// demo plays the whole story once: alice on node0 sells two photos and a text, and
// carol on node1 buys and reads them.
func (n *network) demo(ctx context.Context) error {
	s, err := n.newStory()
	if err != nil {
		return err
	}
	defer s.client.Close()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	began := time.Now()
	if s.before, err = s.balances(ctx); err != nil {
		return err
	}
	for _, scene := range []struct {
		name string
		play func(context.Context) (string, error)
	}{
		{"upload", s.upload},
		{"review", s.review},
		{"list", s.list},
		{"gossip", s.gossip},
		{"buy", s.buy},
		{"deliver", s.deliver},
		{"download", s.download},
		{"settle", s.settle},
		{"claim", s.claim},
	} {
		start := time.Now()
		what, err := scene.play(ctx)
		if err != nil {
			return fmt.Errorf("demo: %s: %w", scene.name, err)
		}
		s.print("%-9s %7s  %s\n", scene.name, time.Since(start).Round(time.Millisecond), what)
	}
	if err := s.account(ctx); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	s.print("done      %7s\n", time.Since(began).Round(time.Millisecond))
	return nil
}

// story is the demo under way.
type story struct {
	n             *network
	seller, buyer call.Node
	sellerWallet  market.Address
	buyerWallet   market.Address
	client        *chain.Client
	market        *chain.Market

	files    []demoFile
	listing  string
	purchase oas.PurchasedListing
	before   purse
	claimed  market.Amount // by alice, paid to her wallet
}

func (n *network) newStory() (*story, error) {
	alice, carol := n.members[0].file.Users[0], n.members[1].file.Users[0]
	cfg := chain.Defaults()
	cfg.RPC, cfg.ChainID, cfg.Contracts, cfg.DeployBlock = n.ledger.url, n.ledger.id, n.state.Contracts, n.state.DeployBlock
	client, err := chain.NewClient(cfg)
	if err != nil {
		return nil, err
	}
	files, err := demoFiles()
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return &story{
		n:      n,
		seller: call.Node{API: n.members[0].api.API, Token: alice.APIKey}, sellerWallet: common.HexToAddress(alice.WalletAddress),
		buyer: call.Node{API: n.members[1].api.API, Token: carol.APIKey}, buyerWallet: common.HexToAddress(carol.WalletAddress),
		client: client, market: chain.NewMarket(client, nil), files: files,
	}, nil
}

func (s *story) print(format string, args ...any) { fmt.Fprintf(s.n.cfg.Out, format, args...) }

func (s *story) upload(ctx context.Context) (string, error) {
	total := 0
	for i := range s.files {
		f := &s.files[i]
		up, err := s.seller.Upload(ctx, call.Upload{
			Name: f.name, Content: bytes.NewReader(f.content), Size: int64(len(f.content)), Type: f.kind,
			AI: true, Research: true, Commerce: true,
		})
		if err != nil {
			return "", fmt.Errorf("%s: %w", f.name, err)
		}
		f.id = up.ContributionID
		total += len(f.content)
	}
	return fmt.Sprintf("alice uploads %d files, %d KB, to node0: encrypted and durable", len(s.files), total/1000), nil
}

func (s *story) review(ctx context.Context) (string, error) {
	var told []string
	for _, f := range s.files {
		var answer oas.ContributionAnswer
		err := until(ctx, func() (bool, error) {
			err := s.seller.Get(ctx, "/contributions/"+url.PathEscape(f.id), nil, &answer)
			return answer.Contribution.Status != "pending", err
		})
		if err != nil {
			return "", err
		}
		k := answer.Contribution
		if k.Status != "approved" || k.QualityScore == nil {
			return "", fmt.Errorf("%s is %s", f.name, k.Status)
		}
		told = append(told, fmt.Sprintf("%s quality %.2f", f.name, *k.QualityScore))
	}
	return "node0 approves " + strings.Join(told, ", "), nil
}

func (s *story) list(ctx context.Context) (string, error) {
	tags := []string{"demo"}
	body := oas.CreateListingJSONBody{
		Title: "Two photos and a text", Description: "Made by the demo of a development network.", Category: "mixed",
		Tags: &tags, PricePriv: json.Number(demoPrice),
	}
	for _, f := range s.files {
		body.ContributionIds = append(body.ContributionIds, f.id)
	}
	var made oas.CreatedListing
	if err := s.seller.Send(ctx, http.MethodPost, "/marketplace/wallet/listings", body, &made); err != nil {
		return "", err
	}
	s.listing = made.ListingID
	status := oas.ListingStatus("pending_review")
	if err := s.seller.Send(ctx, http.MethodPut, s.listingPath(), oas.ListingUpdate{Status: &status}, nil); err != nil {
		return "", err
	}
	var answer oas.ListingAnswer
	err := until(ctx, func() (bool, error) {
		err := s.seller.Get(ctx, s.listingPath(), nil, &answer)
		return answer.Listing.Status != "pending_review", err
	})
	if err == nil && answer.Listing.Status != "active" {
		err = fmt.Errorf("%s is %s", s.listing, answer.Listing.Status)
	}
	return fmt.Sprintf("alice offers them as %s for %s PRIV: signed, no gas", s.listing, demoPrice), err
}

func (s *story) listingPath() string {
	return "/marketplace/wallet/listings/" + url.PathEscape(s.listing)
}

func (s *story) gossip(ctx context.Context) (string, error) {
	err := until(ctx, func() (bool, error) {
		err := s.buyer.Get(ctx, s.listingPath(), nil, nil)
		if errors.Is(err, market.ErrNotFound) {
			return false, nil
		}
		return err == nil, err
	})
	return "node1 has heard of it", err
}

func (s *story) buy(ctx context.Context) (string, error) {
	if err := s.buyer.Send(ctx, http.MethodPost, s.listingPath()+"/purchase", nil, &s.purchase); err != nil {
		return "", err
	}
	if s.purchase.Status == "failed" {
		return "", fmt.Errorf("%s failed: %s", s.purchase.PurchaseID, s.purchase.Message)
	}
	return fmt.Sprintf("carol buys it on node1 as %s: %s", s.purchase.PurchaseID, s.purchase.Status), nil
}

func (s *story) purchasePath() string {
	return "/marketplace/wallet/purchases/" + url.PathEscape(s.purchase.PurchaseID)
}

// deliver waits for the key, if the purchase's answer did not bring it.
func (s *story) deliver(ctx context.Context) (string, error) {
	var t oas.Timeline
	err := until(ctx, func() (bool, error) {
		var p oas.Purchase
		if err := s.buyer.Get(ctx, s.purchasePath(), nil, &p); err != nil {
			return false, err
		}
		if p.Status != "active" && p.Status != "pending" {
			return false, fmt.Errorf("%s is %s", p.ID, p.Status)
		}
		return p.Status == "active", nil
	})
	if err == nil {
		err = s.buyer.Get(ctx, s.purchasePath()+"/timeline", nil, &t)
	}
	var steps []string
	for _, step := range t.Steps {
		steps = append(steps, step.What)
	}
	return "node1 holds the key: " + strings.Join(steps, ", "), err
}

// download saves the files as a buyer would and compares them.
func (s *story) download(ctx context.Context) (string, error) {
	dir, err := os.MkdirTemp(s.n.cfg.Dir, "demo-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	var answer oas.DownloadAnswer
	query := url.Values{"access_token": {s.purchase.AccessToken}}
	if err := s.buyer.Get(ctx, s.purchasePath()+"/download", query, &answer); err != nil {
		return "", err
	}
	if len(answer.Downloads) != len(s.files) {
		return "", fmt.Errorf("%d files arrived, %d were sold", len(answer.Downloads), len(s.files))
	}
	for i, item := range answer.Downloads {
		if err := s.compare(ctx, item, filepath.Join(dir, fmt.Sprint(i))); err != nil {
			return "", fmt.Errorf("%s: %w", item.Filename, err)
		}
	}
	return fmt.Sprintf("carol reads %d files from node1, byte for byte what alice uploaded", len(answer.Downloads)), nil
}

func (s *story) compare(ctx context.Context, item oas.DownloadItem, path string) error {
	sum, err := save.ParseHash(item.Sha256)
	if err != nil {
		return err
	}
	file := save.File{Path: path, Size: item.FileSizeBytes, SHA256: sum}
	file.Open = s.buyer.Source(item.GatewayURL)
	if _, err := file.Save(ctx); err != nil {
		return err
	}
	got, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for _, f := range s.files {
		if f.id == item.ContributionID && bytes.Equal(f.content, got) {
			return nil
		}
	}
	return errors.New("these are not the bytes that were uploaded")
}

// settle waits until the market has divided the price.
func (s *story) settle(ctx context.Context) (string, error) {
	err := until(ctx, func() (bool, error) {
		now, err := s.balances(ctx)
		return err == nil && now.income.Cmp(s.before.income) > 0, err
	})
	return "the market has divided the price", err
}

// claim pays alice what she earned: the income of the sale and the rewards.
func (s *story) claim(ctx context.Context) (string, error) {
	var pending oas.EarningPage
	err := until(ctx, func() (bool, error) {
		query := url.Values{"source": {"data_sales"}, "status": {"pending"}, "limit": {"1"}}
		err := s.seller.Get(ctx, "/user/earnings", query, &pending)
		return pending.Pagination.Total == 0, err
	})
	if err != nil {
		return "", err
	}
	all := true
	var paid oas.Claim
	if err := s.seller.Send(ctx, http.MethodPost, "/user/earnings/claim", oas.ClaimEarningsJSONBody{ClaimAll: &all}, &paid); err != nil {
		return "", err
	}
	err = until(ctx, func() (bool, error) {
		err := s.seller.Get(ctx, "/user/earnings/claims/"+url.PathEscape(paid.ClaimID), nil, &paid)
		if err == nil && paid.Status == "failed" {
			err = fmt.Errorf("%s failed", paid.ClaimID)
		}
		return paid.Status == "completed", err
	})
	if err != nil {
		return "", err
	}
	s.claimed, err = market.ParseWei(paid.TotalClaimedWei)
	return fmt.Sprintf("alice claims %d earnings, rewards among them: %s PRIV are in her wallet", paid.EarningsCount, paid.TotalClaimed), err
}

// until asks until the answer is yes.
func until(ctx context.Context, ask func() (bool, error)) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		done, err := ask()
		if err != nil || done {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
