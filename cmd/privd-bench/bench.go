package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

type bench struct {
	ctx context.Context
	nw  *network
	y   yardsticks
	t   *table

	films []uploaded // the large ones, for fetches
}

func (b *bench) seller() client { return b.as(0) }
func (b *bench) buyer() client  { return b.as(1) }

func (b *bench) as(node int) client {
	n := b.nw.file.Nodes[node]
	return client{api: n.API, key: n.Users[0].Key}
}

// start measures how long a node takes from its start to its first answer, and the
// memory it has when nothing happens.
func (b *bench) start() (err error) {
	repo := filepath.Join(b.nw.dir, "fresh")
	privd := filepath.Join(b.nw.bin, "privd")
	if out, err := exec.CommandContext(b.ctx, privd, "init", "--repo", repo, "--network", b.nw.file.Network).CombinedOutput(); err != nil {
		return fmt.Errorf("init: %w: %s", err, out)
	}
	best := time.Hour
	var idle int64
	for range 3 {
		began := time.Now()
		cmd := exec.CommandContext(b.ctx, privd, "start", "--repo", repo, "--api", "127.0.0.1:0", "--listen", "/ip4/127.0.0.1/tcp/0")
		if err := cmd.Start(); err != nil {
			return err
		}
		err := until(b.ctx, time.Millisecond, func() (bool, error) { return healthy(repo), nil })
		best = min(best, time.Since(began))
		if err == nil {
			time.Sleep(3 * time.Second) // idle is what is measured
			idle, err = memory(cmd.Process.Pid, "VmRSS")
		}
		if err := errors.Join(err, terminate(cmd)); err != nil {
			return err
		}
	}
	b.t.add("start to ready", fmt.Sprintf("%d ms", best.Milliseconds()), "")
	b.t.add("memory, idle", mib(idle), "")
	return nil
}

func healthy(repo string) bool {
	raw, err := os.ReadFile(filepath.Join(repo, "api"))
	if err != nil {
		return false
	}
	answer, err := http.Get(strings.TrimSpace(string(raw)) + "/api/v1/health")
	if err != nil {
		return false
	}
	return errors.Join(answer.Body.Close()) == nil && answer.StatusCode == http.StatusOK
}

func mib(bytes int64) string { return fmt.Sprintf("%d MiB", bytes>>20) }

// small measures 200 uploads of 1 MB, each durable at its answer, from one client
// or several at once.
func (b *bench) small(clients int) func() error {
	return func() error {
		const files = 200
		films := make([][]byte, files)
		for i := range films {
			films[i] = film(mb)
		}
		ids := make([]string, files)
		began := time.Now()
		g, ctx := errgroup.WithContext(b.ctx)
		g.SetLimit(clients)
		for i := range films {
			g.Go(func() (err error) { ids[i], err = b.seller().upload(ctx, films[i]); return err })
		}
		if err := g.Wait(); err != nil {
			return err
		}
		r := rate(files*mb, time.Since(began))
		b.t.add(fmt.Sprintf("upload 200 x 1 MB, %d client(s), durable", clients), mbps(r), b.y.beside(r))
		for _, id := range ids {
			if err := b.seller().approved(b.ctx, id); err != nil {
				return err
			}
		}
		return nil
	}
}

// uploaded is a film that was sent and approved.
type uploaded struct {
	name string
	id   string
	data []byte
}

// large measures one large upload: its rate, what it costs the processor, and the
// most memory the node takes meanwhile.
func (b *bench) large(megabytes int) func() error {
	return func() error {
		u := uploaded{name: fmt.Sprintf("%d MB", megabytes), data: film(megabytes * mb)}
		seller, err := pid(b.nw.file.Nodes[0].Repo)
		if err != nil {
			return err
		}
		if err := resetPeak(seller); err != nil {
			return err
		}
		used, err := cpu(seller)
		if err != nil {
			return err
		}
		began := time.Now()
		if u.id, err = b.seller().upload(b.ctx, u.data); err != nil {
			return err
		}
		took := time.Since(began)
		after, err := cpu(seller)
		if err != nil {
			return err
		}
		peak, err := memory(seller, "VmHWM")
		if err != nil {
			return err
		}
		r := rate(len(u.data), took)
		b.t.add("upload "+u.name+", durable", mbps(r), b.y.beside(r))
		b.t.add("  processor time per GB", fmt.Sprintf("%.1f s", (after-used).Seconds()*1000/float64(megabytes)), "")
		b.t.add("  peak memory of the node", mib(peak), "")
		b.films = append(b.films, u)
		return b.seller().approved(b.ctx, u.id)
	}
}

// fetches measures what the other node takes to get, check and decrypt each large
// film.
func (b *bench) fetches() error {
	for _, u := range b.films {
		if err := b.fetch(u.name, []string{u.id}, u.data); err != nil {
			return err
		}
	}
	return nil
}

// fetch lists, buys and downloads; the time of the ciphertext is taken from the
// purchase's own timeline, since a purchase does more than fetch.
func (b *bench) fetch(name string, ids []string, data []byte) error {
	buyer, err := pid(b.nw.file.Nodes[1].Repo)
	if err != nil {
		return err
	}
	if err := resetPeak(buyer); err != nil {
		return err
	}
	p, err := b.buy(name, ids)
	if err != nil {
		return err
	}
	fetched, err := b.fetchTime(p.ID)
	if err != nil {
		return err
	}
	url, err := b.download(p)
	if err != nil {
		return err
	}
	began := time.Now()
	sum, err := get(b.ctx, url)
	if err != nil {
		return err
	}
	read := time.Since(began)
	if sum != sha256.Sum256(data) {
		return errors.New("the downloaded bytes are not the original")
	}
	peak, err := memory(buyer, "VmHWM")
	if err != nil {
		return err
	}
	both := rate(len(data), fetched+read)
	b.t.add("fetch "+name+" from the other node, verified and stored", mbps(rate(len(data), fetched)), b.y.beside(rate(len(data), fetched)))
	b.t.add("  and read through the gateway, decrypted", mbps(both), b.y.beside(both))
	b.t.add("download "+name+", local, decrypted and re-hashed", mbps(rate(len(data), read)), b.y.beside(rate(len(data), read)))
	b.t.add("  peak memory of the buyer's node", mib(peak), "")
	return nil
}

type purchase struct {
	ID     string `json:"purchase_id"`
	Token  string `json:"access_token"`
	Status string `json:"status"`
}

func (b *bench) buy(title string, ids []string) (p purchase, err error) {
	var made struct {
		ID string `json:"listing_id"`
	}
	err = b.seller().json(b.ctx, http.MethodPost, "/marketplace/wallet/listings", map[string]any{
		"title": title, "description": "bench", "category": "video", "price_priv": 1, "contribution_ids": ids,
	}, &made)
	if err != nil {
		return p, err
	}
	path := "/marketplace/wallet/listings/" + made.ID
	if err := b.seller().json(b.ctx, http.MethodPut, path, map[string]string{"status": "pending_review"}, nil); err != nil {
		return p, err
	}
	err = until(b.ctx, 20*time.Millisecond, func() (bool, error) {
		return b.buyer().json(b.ctx, http.MethodGet, path, nil, nil) == nil, nil
	})
	if err != nil {
		return p, err
	}
	if err := b.buyer().json(b.ctx, http.MethodPost, path+"/purchase", nil, &p); err != nil {
		return p, err
	}
	return p, until(b.ctx, 50*time.Millisecond, func() (bool, error) {
		var d struct{ State, Reason string }
		err := b.buyer().json(b.ctx, http.MethodGet, "/marketplace/wallet/purchases/"+p.ID+"/timeline", nil, &d)
		if d.State == "failed" {
			err = errors.New("purchase failed: " + d.Reason)
		}
		return d.State == "opened", err
	})
}

func (b *bench) fetchTime(id string) (time.Duration, error) {
	var d struct {
		Steps []struct {
			At   time.Time
			What string
		}
	}
	if err := b.buyer().json(b.ctx, http.MethodGet, "/marketplace/wallet/purchases/"+id+"/timeline", nil, &d); err != nil {
		return 0, err
	}
	for i, s := range d.Steps {
		if i > 0 && strings.Contains(s.What, "fetched") {
			return s.At.Sub(d.Steps[0].At), nil
		}
	}
	return 0, errors.New("the timeline does not tell when the ciphertext was there")
}

func (b *bench) download(p purchase) (string, error) {
	var d struct {
		Downloads []struct {
			URL string `json:"gateway_url"`
		}
	}
	err := b.buyer().json(b.ctx, http.MethodGet, "/marketplace/wallet/purchases/"+p.ID+"/download?access_token="+p.Token, nil, &d)
	if err != nil {
		return "", err
	}
	return d.Downloads[0].URL, nil
}

func get(ctx context.Context, url string) (sum [32]byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return sum, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return sum, err
	}
	defer answer.Body.Close()
	h := sha256.New()
	if _, err := io.Copy(h, answer.Body); err != nil {
		return sum, err
	}
	return [32]byte(h.Sum(nil)), nil
}

// firstByte measures how long a bought file of 1 MB takes to begin.
func (b *bench) firstByte() error {
	id, err := b.seller().upload(b.ctx, film(mb))
	if err != nil {
		return err
	}
	if err := b.seller().approved(b.ctx, id); err != nil {
		return err
	}
	p, err := b.buy("first byte", []string{id})
	if err != nil {
		return err
	}
	fetched, err := b.fetchTime(p.ID)
	if err != nil {
		return err
	}
	url, err := b.download(p)
	if err != nil {
		return err
	}
	best := time.Hour
	for range 20 {
		began := time.Now()
		answer, err := http.Get(url)
		if err != nil {
			return err
		}
		_, err = io.ReadFull(answer.Body, make([]byte, 1))
		best = min(best, time.Since(began))
		if err := errors.Join(err, answer.Body.Close()); err != nil {
			return err
		}
	}
	b.t.add("1 MB: fetched from the other node", fmt.Sprintf("%d ms", fetched.Milliseconds()), "")
	b.t.add("1 MB: first decrypted byte from the gateway", fmt.Sprintf("%.1f ms", float64(best.Microseconds())/1000), "")
	return nil
}
