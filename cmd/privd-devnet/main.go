// Command privd-devnet runs a whole network on one machine: a development chain,
// the contracts, nodes as processes of their own, and funded users.
package main

import (
	"os"

	"privd/cmd/privd-devnet/devnet"
)

func main() { os.Exit(devnet.Main(os.Args, os.Stdout, os.Stderr)) }
