package keys

import (
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/ethereum/go-ethereum/accounts/keystore"

	"privd/market"
)

const secretSuffix = ".secret.json"

// SaveSecret stores a small secret under a name, in place of what was there,
// encrypted like the accounts. It is durable when SaveSecret returns.
func (r *Ring) SaveSecret(name string, secret []byte) error {
	path, err := r.secretPath(name)
	if err != nil {
		return err
	}
	box, err := keystore.EncryptDataV3(secret, []byte(r.password), r.Cost.N, r.Cost.P)
	if err != nil {
		return fmt.Errorf("save secret %s: %w", name, err)
	}
	raw, err := json.Marshal(box)
	if err != nil {
		return fmt.Errorf("save secret %s: %w", name, err)
	}
	if err := writeWhole(path, raw); err != nil {
		return fmt.Errorf("save secret %s: %w", name, err)
	}
	return nil
}

// LoadSecret returns a secret by name; NotFound when there is none.
func (r *Ring) LoadSecret(name string) ([]byte, error) {
	path, err := r.secretPath(name)
	if err != nil {
		return nil, err
	}
	have, err := exists(path)
	if err != nil {
		return nil, fmt.Errorf("load secret %s: %w", name, err)
	}
	if !have {
		return nil, &market.Error{Op: "load secret", Code: market.NotFound, Message: name}
	}
	raw, err := readSmall(path)
	if err != nil {
		return nil, fmt.Errorf("load secret %s: %w", name, err)
	}
	var box keystore.CryptoJSON
	if err := json.Unmarshal(raw, &box); err != nil || !sound(box) {
		return nil, damaged("load secret", path, err)
	}
	secret, err := keystore.DecryptDataV3(box, r.password)
	if err != nil {
		return nil, decryption("load secret", path, err)
	}
	return secret, nil
}

func (r *Ring) secretPath(name string) (string, error) {
	if name == "" || name != filepath.Base(name) || name[0] == '.' {
		return "", market.BadField("name", "must be a plain file name")
	}
	return filepath.Join(r.dir, name+secretSuffix), nil
}
