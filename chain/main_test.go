package chain_test

import (
	"testing"

	"go.uber.org/goleak"

	"privd/chain/chaintest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, chaintest.Leaks()...) }
