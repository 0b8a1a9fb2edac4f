package command

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strconv"
	"time"

	"pikedash/keys"
	"pikedash/pikeapi"
)

// A sealed request is a file by which one person prepares a call and another one sends it. Its body
// is encrypted, because it may hold a card number; everything else can be read by people. The author
// signs all of it, so that nothing can be changed unnoticed.
//
// The encryption key comes from the author's signature over a random salt: RSASSA-PKCS1-v1_5 always
// gives the same signature for the same bytes, so whoever holds the same signing key, be it in a
// file, an agent or behind a command, can make it again. With a recipient's public key it is instead
// a random key, encrypted with RSAES-OAEP.
type sealed struct {
	Schema         int          `json:"schema"`
	About          string       `json:"about"`
	Profile        string       `json:"profile"`
	Kind           string       `json:"kind"`
	BaseURL        string       `json:"base_url"` // empty for the embedded sandbox
	Project        string       `json:"project"`
	Submerchant    string       `json:"submerchant,omitempty"`
	Method         string       `json:"method"`
	Version        string       `json:"version"`
	IdempotencyKey string       `json:"idempotency_key,omitempty"`
	Summary        string       `json:"summary"`
	Amount         string       `json:"amount,omitempty"`
	Body           bodyFacts    `json:"body"`
	Operation      string       `json:"operation"` // in the author's journal
	Author         sealedAuthor `json:"author"`
	Created        time.Time    `json:"created"`
	Expires        time.Time    `json:"expires"`
	For            string       `json:"for,omitempty"` // fingerprint of the recipient's key; empty: the author's own
	Salt           []byte       `json:"salt"`
	WrappedKey     []byte       `json:"wrapped_key,omitempty"`
	Ciphertext     []byte       `json:"ciphertext"`
	Seal           []byte       `json:"seal,omitempty"` // the author's signature over the rest
}

type sealedAuthor struct {
	User string           `json:"user"`
	Host string           `json:"host"`
	Key  keys.Fingerprint `json:"key"`
}

const (
	sealedSchema = 1
	sealedAbout  = "a request to Pike, prepared with pikedash; send it with pikedash approve"
	sealLabel    = "pikedash sealed request, version 1: "
	saltSize     = 32 // bytes
	maxSealed    = 128 << 20
)

// whoami names the person who runs the program.
func whoami() (sealedAuthor, error) {
	host, err := os.Hostname()
	if err != nil {
		return sealedAuthor{}, fmt.Errorf("asking for this machine's name: %w", err)
	}
	// Where the account has no name its number stands for it. user.Current would then believe $USER.
	uid := strconv.Itoa(os.Getuid())
	u, err := user.LookupId(uid)
	if os.Getuid() < 0 { // Windows, which has no numbers and believes no variable
		u, err = user.Current()
	}
	if err != nil || u.Username == "" {
		return sealedAuthor{User: "uid " + uid, Host: host}, nil
	}
	return sealedAuthor{User: u.Username, Host: host}, nil
}

// sameAs says whether two authors are one person at one machine.
func (a sealedAuthor) sameAs(b sealedAuthor) bool { return a.User == b.User && a.Host == b.Host }

// signed returns the bytes that the author signs: everything but the seal.
func (s sealed) signed() ([]byte, error) {
	s.Seal = nil
	text, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("writing the request: %w", err)
	}
	return append([]byte(sealLabel), text...), nil
}

// sealBody encrypts the body for the holder of the signer's key, or of recipient.
func (s *sealed) sealBody(ctx context.Context, signer keys.Signer, recipient *rsa.PublicKey, body []byte) error {
	s.Salt = make([]byte, saltSize)
	if _, err := rand.Read(s.Salt); err != nil {
		return fmt.Errorf("making a salt: %w", err)
	}
	var secret []byte
	var err error
	if recipient == nil {
		secret, err = derive(ctx, signer, s.Salt)
	} else {
		secret = make([]byte, sha256.Size)
		if _, err = rand.Read(secret); err == nil {
			s.For = string(keys.FingerprintOf(recipient))
			s.WrappedKey, err = rsa.EncryptOAEP(sha256.New(), rand.Reader, recipient, secret, []byte(sealLabel))
		}
	}
	if err != nil {
		return fmt.Errorf("making the key of the seal: %w", err)
	}
	box, err := boxOf(secret)
	if err != nil {
		return err
	}
	// The secret is used for this one message, so the nonce may be fixed.
	s.Ciphertext = box.Seal(nil, make([]byte, box.NonceSize()), body, nil)
	text, err := s.signed()
	if err != nil {
		return err
	}
	s.Seal, err = signer.Sign(ctx, text)
	return err
}

// derive makes the encryption key from a signature that only the holder of the key can make.
func derive(ctx context.Context, signer keys.Signer, salt []byte) ([]byte, error) {
	signature, err := signer.Sign(ctx, append([]byte(sealLabel), salt...))
	if err != nil {
		return nil, err
	}
	return hkdf.Key(sha256.New, signature, salt, sealLabel, sha256.Size)
}

func boxOf(secret []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, fmt.Errorf("making the seal: %w", err)
	}
	return cipher.NewGCM(block)
}

// errSealBroken says that a file is not what its author made.
var errSealBroken = errors.New("it was changed after its author sealed it, or the author's key is not known here")

// checkSeal verifies the author's signature with a key of the ring.
func (s *sealed) checkSeal(ring keys.Ring) error {
	author, ok := ring.Find(s.Author.Key)
	if !ok {
		return fmt.Errorf("the author's key %s is not known here: name its public half with --author-key", s.Author.Key.Short())
	}
	text, err := s.signed()
	if err != nil {
		return err
	}
	if keys.VerifyDigest(author.Public, sha256.Sum256(text), encode64(s.Seal)) != nil {
		return errSealBroken
	}
	return nil
}

// open decrypts the body and holds it against the digest that people read.
func (s *sealed) open(ctx context.Context, signer keys.Signer, private *rsa.PrivateKey) ([]byte, error) {
	var secret []byte
	var err error
	switch {
	case s.For == "":
		secret, err = derive(ctx, signer, s.Salt)
	case private == nil:
		return nil, fmt.Errorf("it is sealed for the key %s: name that private key with --open-key", keys.Fingerprint(s.For).Short())
	default:
		secret, err = rsa.DecryptOAEP(sha256.New(), nil, private, s.WrappedKey, []byte(sealLabel))
	}
	if err != nil {
		return nil, fmt.Errorf("opening the seal: %w", err)
	}
	box, err := boxOf(secret)
	if err != nil {
		return nil, err
	}
	body, err := box.Open(nil, make([]byte, box.NonceSize()), s.Ciphertext, nil)
	if err != nil {
		return nil, errors.New("the body cannot be opened: it is sealed with another key than this profile's")
	}
	if sum := pikeapi.Digest(sha256.Sum256(body)); sum.String() != s.Body.SHA256 || len(body) != s.Body.Bytes {
		return nil, errSealBroken
	}
	return body, nil
}

// readSealed reads a sealed request.
func readSealed(r io.Reader, name string) (*sealed, error) {
	data, err := readLimited(r, name, maxSealed)
	if err != nil {
		return nil, err
	}
	var s sealed
	if err := json.Unmarshal(data, &s); err != nil || s.Schema != sealedSchema || s.About != sealedAbout {
		return nil, &fault{exit: exitFailure, category: "user_input", code: "sealed", message: name + " is not a request that pikedash prepared"}
	}
	// A name that is not known here, or stands there twice, is read by people and by no signature.
	var plain bytes.Buffer
	text, err := json.Marshal(s)
	if err = errors.Join(err, json.Compact(&plain, data)); err != nil || !bytes.Equal(text, plain.Bytes()) {
		return nil, blocked("changed", "have it prepared anew", "the request is refused: it was changed after its author sealed it, or a newer pikedash made it")
	}
	return &s, nil
}
