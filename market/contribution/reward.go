package contribution

import (
	"crypto/hmac"
	"crypto/sha256"

	"privd/market"
	"privd/market/media"
	"privd/market/seal"
)

// Multiplier returns the reward multiplier in thousandths: the consent bonuses
// added to one.
func (c Consent) Multiplier() int64 {
	m := int64(1000)
	if c.AI {
		m += 200
	}
	if c.Research {
		m += 100
	}
	if c.Commercial {
		m += 300
	}
	return m
}

// baseReward is what each kind earns without consent bonuses, in tenths of a PRIV.
var baseReward = map[media.Kind]uint64{media.Photo: 10, media.Video: 50, media.Voice: 20, media.Text: 5}

// Reward returns what a contribution of this kind and consent earns when it is
// approved, in wei of PRIV.
func Reward(kind media.Kind, consent Consent) market.Amount {
	const weiPerTenth = 100_000_000_000_000_000
	amount, err := market.Wei(weiPerTenth).MulDiv(baseReward[kind]*uint64(consent.Multiplier()), 1000)
	if err != nil {
		panic("contribution: a reward cannot overflow")
	}
	return amount
}

// RewardMultiplier returns, in thousandths, the multiplier the contribution was
// rewarded with, or would be today while it was not: a consent that changes
// later changes no reward.
func (c Contribution) RewardMultiplier() int64 {
	if c.Rewarded != 0 {
		return c.Rewarded
	}
	return c.Consent.Multiplier()
}

// FileMark names a file of a user without telling what it is: a keyed digest, so
// that only the node that holds the key can ask whether a file is the same one. It
// is what is left of the file of an erased contribution that was rewarded, so that
// the same file is not rewarded each time it is given and taken back.
func FileMark(key seal.Key, user market.UserID, file market.Hash) market.Hash {
	mac := hmac.New(sha256.New, key[:])
	// The fixed-size part comes first, so that no two files have the same text.
	mac.Write([]byte("privd/file-mark/1"))
	mac.Write(file[:])
	mac.Write([]byte(user))
	return market.Hash(mac.Sum(nil))
}
