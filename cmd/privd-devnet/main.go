// Command privd-devnet runs a whole network on one machine: a development chain,
// the contracts, nodes as processes of their own, and funded users.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"privd/cmd/privd-devnet/devnet"
)

func main() {
	ctx, stop := context.WithCancel(context.Background())
	arrived := make(chan os.Signal, 1)
	signal.Notify(arrived, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-arrived
		signal.Stop(arrived) // a second signal kills, and the nodes go with it
		stop()
	}()
	os.Exit(devnet.Main(ctx, os.Args, os.Stdout, os.Stderr))
}
