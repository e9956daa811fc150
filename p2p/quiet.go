package p2p

import (
	"log/slog"

	golog "github.com/ipfs/go-log/v2"
	"github.com/libp2p/go-libp2p/gologshim"
)

// quietLibraries keeps what libp2p and boxo tell their developers off standard
// error: their loggers belong to the process, so this is done once for all hosts.
// What an operator should know is logged here.
func quietLibraries() {
	gologshim.SetDefaultHandler(slog.DiscardHandler)
	golog.SetAllLoggers(golog.LevelFatal)
}
