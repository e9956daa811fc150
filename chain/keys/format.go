package keys

import (
	"encoding/hex"
	"encoding/json"

	"github.com/ethereum/go-ethereum/accounts/keystore"

	"privd/market"
)

// maxScrypt bounds the memory that opening a file may take: 128 bytes times this,
// which is what the costliest files in use take.
const maxScrypt = 1 << 18 * 8

// sound reports whether an encrypted box can be opened at all. The library that
// opens it panics on missing members and takes whatever memory the file asks for,
// and a file from a backup may be damaged.
func sound(box keystore.CryptoJSON) bool {
	iv, err := hex.DecodeString(box.CipherParams.IV)
	if err != nil || len(iv) != 16 || box.Cipher != "aes-128-ctr" {
		return false
	}
	number := func(name string) float64 {
		n, ok := box.KDFParams[name].(float64) // the library's own reading of JSON
		if !ok || n < 1 || n != float64(int64(n)) {
			return 0
		}
		return n
	}
	if _, ok := box.KDFParams["salt"].(string); !ok || number("dklen") != 32 {
		return false
	}
	switch box.KDF {
	case "scrypt":
		n, r, p := number("n"), number("r"), number("p")
		return n > 1 && r > 0 && p > 0 && p <= 16 && n*r <= maxScrypt
	case "pbkdf2":
		prf, ok := box.KDFParams["prf"].(string)
		return ok && prf == "hmac-sha256" && number("c") > 0 && number("c") <= 10_000_000
	}
	return false
}

// soundAccount reports whether a key file of version 3 can be opened at all.
func soundAccount(raw []byte) bool {
	var file struct {
		Crypto  keystore.CryptoJSON `json:"crypto"`
		Version int                 `json:"version"`
	}
	return json.Unmarshal(raw, &file) == nil && file.Version == 3 && sound(file.Crypto)
}

// damaged is the error for a file that cannot be opened.
func damaged(op, path string, cause error) error {
	return &market.Error{Op: op, Code: market.Internal, Message: "damaged key file " + path, Err: cause}
}
