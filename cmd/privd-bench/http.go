package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// overHTTP starts a node on the records that were filled and asks it for pages,
// beside a process that does nothing but send the same page with net/http.
func (b *browsing) overHTTP() (err error) {
	began := time.Now()
	node := exec.CommandContext(b.ctx, filepath.Join(b.nw.bin, "privd"), "start", "--repo", b.repo, "--api", "127.0.0.1:0", "--listen", "/ip4/127.0.0.1/tcp/0")
	if err := node.Start(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, terminate(node)) }()
	if err := until(b.ctx, 10*time.Millisecond, func() (bool, error) { return healthy(b.repo), nil }); err != nil {
		return err
	}
	ready := time.Since(began)
	time.Sleep(5 * time.Second) // idle is what is measured
	resident, err := memory(node.Process.Pid, "VmRSS")
	if err != nil {
		return err
	}
	own, err := memory(node.Process.Pid, "RssAnon")
	if err != nil {
		return err
	}
	b.t.add("start to ready with these listings", fmt.Sprintf("%.1f s", ready.Seconds()), "")
	b.t.add("memory, idle, with these listings", mib(resident), mib(own)+" of it the node's own, the rest the records' files")

	api, err := read(b.repo, "api")
	if err != nil {
		return err
	}
	token, err := read(b.repo, "token")
	if err != nil {
		return err
	}
	number := 251 // of a page of 20, which begins at 5000
	if b.listings < 200_000 {
		number = 1
	}
	const path = "/api/v1/marketplace/wallet/listings?category=photo&minPrice=10&maxPrice=100&sort=newest&page="
	mine := target{url: fmt.Sprint(api, path, number), token: token, pid: node.Process.Pid}
	others := target{url: fmt.Sprint(api, path), token: token, pid: node.Process.Pid, pages: 2 * number}
	page, err := mine.get(b.ctx)
	if err != nil {
		return err
	}
	constant, stop, err := b.constant(page)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	// They take turns, so that neither has the quieter machine.
	for range 3 {
		for _, t := range []*target{&mine, &constant, &others} {
			if err := t.hammer(b.ctx, 3*time.Second); err != nil {
				return err
			}
		}
	}
	b.t.add(fmt.Sprintf("GET a filtered page, number %d, %d bytes", number, len(page)), fmt.Sprintf("%.0f/s", mine.rate()),
		fmt.Sprintf("net/http, constant page: %.0f/s; %.2fx", constant.rate(), mine.rate()/constant.rate()))
	b.t.add("  processor time of the server each", fmt.Sprintf("%.0f µs", mine.processor()),
		fmt.Sprintf("net/http: %.0f µs; %.2fx", constant.processor(), constant.processor()/mine.processor()))
	b.t.add(fmt.Sprintf("GET any of the first %d pages, drawn at random", others.pages), fmt.Sprintf("%.0f/s", others.rate()),
		fmt.Sprintf("%.2fx; %.0f µs of processor time", others.rate()/constant.rate(), others.processor()))
	return nil
}

func read(repo, name string) (string, error) {
	raw, err := os.ReadFile(filepath.Join(repo, name))
	return strings.TrimSpace(string(raw)), err
}

// constant starts a process that answers everything with the same bytes.
func (b *browsing) constant(page []byte) (t target, stop func() error, err error) {
	self, err := os.Executable()
	if err != nil {
		return t, nil, err
	}
	file := filepath.Join(b.nw.dir, "page")
	if err := os.WriteFile(file, page, 0o600); err != nil {
		return t, nil, err
	}
	cmd := exec.CommandContext(b.ctx, self, "--constant", file)
	if err := cmd.Start(); err != nil {
		return t, nil, err
	}
	stop = func() error {
		err := cmd.Process.Kill()
		_ = cmd.Wait()
		return err
	}
	err = until(b.ctx, 10*time.Millisecond, func() (bool, error) {
		t.url, err = read(b.nw.dir, "page.address")
		return err == nil, nil
	})
	t.pid = cmd.Process.Pid
	return t, stop, err
}

// serveConstant is the yardstick: a file behind plain net/http. It writes where it
// listens beside the file.
func serveConstant(file string) error {
	page, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address := "http://" + l.Addr().String() + "/"
	if err := os.WriteFile(file+".tmp", []byte(address), 0o600); err != nil {
		return err
	}
	if err := os.Rename(file+".tmp", file+".address"); err != nil {
		return err
	}
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(page)))
		_, _ = w.Write(page)
	}))
}

// target is a page of a server.
type target struct {
	url, token string
	pid        int
	pages      int // where not 0, the url ends with the number of one of so many pages

	answers int
	took    time.Duration
	cpu     time.Duration
}

func (t *target) rate() float64      { return float64(t.answers) / t.took.Seconds() }
func (t *target) processor() float64 { return float64(t.cpu.Microseconds()) / float64(t.answers) }

// hammer asks for the page over and over from a few clients at once.
func (t *target) hammer(ctx context.Context, long time.Duration) error {
	const clients = 4
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	before, err := cpu(t.pid)
	if err != nil {
		return err
	}
	answers := make([]int, clients)
	began := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	for i := range clients {
		g.Go(func() error {
			buffer := make([]byte, 64<<10)
			for time.Since(began) < long {
				if err := t.ask(ctx, client, func(r io.Reader) error {
					_, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, r, buffer)
					return err
				}); err != nil {
					return err
				}
				answers[i]++
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	t.took += time.Since(began)
	after, err := cpu(t.pid)
	t.cpu += after - before
	for _, n := range answers {
		t.answers += n
	}
	return err
}

func (t *target) get(ctx context.Context) (body []byte, err error) {
	err = t.ask(ctx, http.DefaultClient, func(r io.Reader) error { body, err = io.ReadAll(r); return err })
	return body, err
}

func (t *target) ask(ctx context.Context, client *http.Client, read func(io.Reader) error) error {
	url := t.url
	if t.pages > 0 {
		url += strconv.Itoa(1 + rand.N(t.pages))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	if t.token != "" {
		r.Header.Set("Authorization", "Bearer "+t.token)
	}
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, answer.Status)
	}
	return read(answer.Body)
}
