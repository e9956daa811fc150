package call_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"
)

var serverTime = time.Unix(1_700_000_000, 0)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}
