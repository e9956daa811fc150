package chaintest

import "go.uber.org/goleak"

// Leaks are the goroutines of go-ethereum that outlive a closed chain; a TestMain
// passes them to goleak.VerifyTestMain. The first belongs to the process, the
// second ends by itself within a second.
func Leaks() []goleak.Option {
	return []goleak.Option{
		goleak.IgnoreTopFunction("github.com/ethereum/go-ethereum/core.(*txSenderCacher).cache"),
		goleak.IgnoreTopFunction("github.com/syndtr/goleveldb/leveldb.(*DB).mpoolDrain"),
	}
}
