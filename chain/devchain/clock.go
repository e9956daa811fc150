package devchain

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
)

// clockAPI is the evm namespace, as other development chains have it.
type clockAPI struct{ sealer *sealer }

// number is an unsigned integer that callers send as a JSON number, in decimal or
// in hexadecimal.
type number uint64

// UnmarshalJSON implements json.Unmarshaler.
func (n *number) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	base := 10
	if hex, is := strings.CutPrefix(text, "0x"); is {
		text, base = hex, 16
	}
	v, err := strconv.ParseUint(text, base, 63)
	if err != nil {
		return errors.New("not a number")
	}
	*n = number(v)
	return nil
}

// maxShift bounds one move of the clock: a hundred years, so that times stay in
// range.
const maxShift = 100 * 365 * 24 * 60 * 60

// IncreaseTime moves the clock of coming blocks forward by seconds and returns how
// far it is ahead of the wall clock, in seconds.
func (a *clockAPI) IncreaseTime(seconds number) (int64, error) {
	if seconds > maxShift {
		return 0, errors.New("more than a hundred years")
	}
	return int64(a.sealer.shift(time.Duration(seconds) * time.Second).Seconds()), nil
}

// SetNextBlockTimestamp fixes the timestamp of the next block, in unix seconds.
func (a *clockAPI) SetNextBlockTimestamp(timestamp number) error {
	return a.sealer.setNext(uint64(timestamp))
}

// Mine seals a block.
func (a *clockAPI) Mine() (string, error) {
	if err := a.sealer.mine(); err != nil {
		return "", err
	}
	return "0x0", nil
}
