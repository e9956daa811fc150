// Package faults holds the tests of nodes that are made to fail: a process that kills
// itself at each stored step of a purchase, a settlement and a claim, and a process that
// breaks each rule of the exchange in turn, against an honest one. Both run the program
// as the build tag "faults" makes it, as processes of their own, on anvil.
package faults
