// Package sim plays random stories on whole nodes and checks that no wei appears or
// vanishes. A world is a chain (anvil), two nodes in processes of their own, each
// behind a proxy that lies about the chain, and users with managed and external
// wallets. A story is a list of operations drawn from a seed: users sell, buy, change
// prices, claim and withdraw, while processes are killed, blocks are taken back,
// transactions are lost, servers lie and clocks jump. Afterwards the faults end, time
// goes past all windows, and the oracle, which reads the chain itself and knows
// nothing of the nodes' code, says whether the money is where it belongs.
//
// A story is told in plain lines, comes from its seed alone, and is shortened when it
// fails. Processes and clocks are real: a story that fails now and then is played
// several times. docs/testing.md tells how to play one again.
package sim
