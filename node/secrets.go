package node

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"

	"filippo.io/age"
	"github.com/libp2p/go-libp2p/core/crypto"

	"privd/chain/keys"
	"privd/market"
	"privd/market/seal"
)

// secrets are what makes a node itself. They are kept together in one encrypted
// file of the keystore, so that a start decrypts once and a backup copies one
// thing.
type secrets struct {
	Account  market.Address // pays for gas, seals for sellers, signs receipts for buyers
	Identity *age.HybridIdentity
	Peer     crypto.PrivKey
	Seal     seal.Key
	Token    []byte // signs JWTs
	Gateway  []byte // signs gateway URLs
}

// secretFile is how secrets are written down.
type secretFile struct {
	Account  market.Address `json:"account"`
	Identity string         `json:"age_identity"`
	Peer     []byte         `json:"libp2p_key"`
	Seal     []byte         `json:"seal_secret"`
	Token    []byte         `json:"token_key"`
	Gateway  []byte         `json:"gateway_key"`
}

const secretName = "node"

// newSecrets makes and stores the secrets of a new node.
func newSecrets(ring *keys.Ring) error {
	account, err := ring.Create()
	if err != nil {
		return err
	}
	identity, err := age.GenerateHybridIdentity()
	if err != nil {
		return err
	}
	peerKey, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		return err
	}
	peer, err := crypto.MarshalPrivateKey(peerKey)
	if err != nil {
		return err
	}
	random := make([]byte, 96)
	if _, err := rand.Read(random); err != nil {
		return err
	}
	raw, err := json.Marshal(secretFile{
		Account: account, Identity: identity.String(), Peer: peer,
		Seal: random[:32], Token: random[32:64], Gateway: random[64:],
	})
	if err != nil {
		return err
	}
	return ring.SaveSecret(secretName, raw)
}

func loadSecrets(ring *keys.Ring) (*secrets, error) {
	raw, err := ring.LoadSecret(secretName)
	if err != nil {
		return nil, err
	}
	var f secretFile
	// What does not parse is not quoted: it is secret.
	if json.Unmarshal(raw, &f) != nil {
		return nil, errors.New("the node's secrets are damaged")
	}
	s := &secrets{Account: f.Account, Token: f.Token, Gateway: f.Gateway}
	if err := s.Seal.UnmarshalBinary(f.Seal); err != nil {
		return nil, fmt.Errorf("seal secret: %w", err)
	}
	if s.Identity, err = age.ParseHybridIdentity(f.Identity); err != nil {
		return nil, errors.New("the node's age identity is damaged")
	}
	if s.Peer, err = crypto.UnmarshalPrivateKey(f.Peer); err != nil {
		return nil, errors.New("the node's libp2p key is damaged")
	}
	return s, nil
}
