package keys

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSignThenVerifyHoldsForAnyBytes(t *testing.T) {
	signer, err := NewSigner(firstKey(), "first")
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		before := bytes.Clone(data)
		value, err := SignBase64(context.Background(), signer, data)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(before, data), "the body is left alone")
		require.NoError(t, Verify(signer.Public(), data, value))
		require.NoError(t, VerifyDigest(signer.Public(), sha256.Sum256(data), value))
		assert.ErrorIs(t, Verify(&secondKey().PublicKey, data, value), ErrSignature)
		assert.Len(t, value, 344)
	})
}

func TestOneFlippedBitFails(t *testing.T) {
	signer, err := NewSigner(firstKey(), "first")
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "body")
		raw, err := signer.Sign(context.Background(), data)
		require.NoError(t, err)
		value := base64.StdEncoding.EncodeToString(raw)

		at := rapid.IntRange(0, len(data)*8-1).Draw(t, "bit of the body")
		changed := bytes.Clone(data)
		changed[at/8] ^= 1 << (at % 8)
		assert.ErrorIs(t, Verify(signer.Public(), changed, value), ErrSignature)

		at = rapid.IntRange(0, len(raw)*8-1).Draw(t, "bit of the signature")
		raw[at/8] ^= 1 << (at % 8)
		assert.ErrorIs(t, Verify(signer.Public(), data, base64.StdEncoding.EncodeToString(raw)), ErrSignature)
	})
}

func TestVerifySaysHowAValueIsMalformed(t *testing.T) {
	good := signature(t, firstKey(), body)
	pub := &firstKey().PublicKey
	assert.NoError(t, Verify(pub, body, "  "+good+"\n"))
	for value, part := range map[string]string{
		"":                             "empty",
		good[:76] + "\n" + good[76:]:   "line breaks",
		good[:len(good)-4]:             "255 bytes",
		good + "AAAA":                  "not standard Base64",
		"!" + good[1:]:                 "not standard Base64",
		good[:len(good)-2]:             "not standard Base64",
		good[:100] + "\r" + good[100:]: "line breaks",
		base64.StdEncoding.EncodeToString([]byte("short")): "5 bytes",
	} {
		err := Verify(pub, body, value)
		require.ErrorContains(t, err, part)
		assert.NotErrorIs(t, err, ErrSignature)
	}
}

func TestASignerIsSafeForConcurrentUse(t *testing.T) {
	signer, err := NewSigner(firstKey(), "first")
	require.NoError(t, err)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			data := []byte{byte(i)}
			for range 20 {
				value, err := SignBase64(context.Background(), signer, data)
				assert.NoError(t, err)
				assert.NoError(t, Verify(signer.Public(), data, value))
			}
		})
	}
	group.Wait()
}

// About one signature in 256 starts with a zero byte, which must not be lost.
func TestASignatureHasAlwaysTheModulusLength(t *testing.T) {
	found := bodyWithLeadingZero(t, firstKey())
	signer, err := NewSigner(firstKey(), "first")
	require.NoError(t, err)
	raw, err := signer.Sign(context.Background(), found)
	require.NoError(t, err)
	assert.Len(t, raw, 256)
	assert.Zero(t, raw[0])
}

// bodyWithLeadingZero searches a body whose signature starts with a zero byte.
func bodyWithLeadingZero(t *testing.T, key *rsa.PrivateKey) []byte {
	t.Helper()
	for i := range 10_000 {
		data := []byte{byte(i), byte(i >> 8)}
		digest := sha256.Sum256(data)
		raw, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		require.NoError(t, err)
		if raw[0] == 0 {
			return data
		}
	}
	t.Fatal("none in 10,000")
	return nil
}

func TestNewSignerRefusesWhatCannotSign(t *testing.T) {
	_, err := NewSigner(nil, "nothing")
	assert.Error(t, err)
	_, err = NewSigner(&rsa.PrivateKey{}, "nothing")
	assert.Error(t, err)

	odd := *firstKey()
	odd.PublicKey = secondKey().PublicKey
	odd.Precomputed = rsa.PrecomputedValues{}
	_, err = NewSigner(&odd, "mixed")
	assert.Equal(t, CodeInconsistent, problemOf(t, err).Code)

	ended, cancel := context.WithCancel(context.Background())
	cancel()
	signer, err := NewSigner(firstKey(), "first")
	require.NoError(t, err)
	_, err = SignBase64(ended, signer, body)
	assert.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, "first", signer.Describe())
}

// BenchmarkSign measures the header's value against the bare RSA operation over the same digest.
// The two take turns, so that a change in the machine's speed meets both; x-bare is their ratio.
func BenchmarkSign(b *testing.B) {
	key := firstKey()
	signer, err := NewSigner(key, "bench")
	require.NoError(b, err)
	data := bytes.Repeat([]byte("x"), 500)
	digest := sha256.Sum256(data)
	ctx := context.Background()
	var bare, header time.Duration
	for b.Loop() {
		start := time.Now()
		if _, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:]); err != nil {
			b.Fatal(err)
		}
		middle := time.Now()
		if _, err := SignBase64(ctx, signer, data); err != nil {
			b.Fatal(err)
		}
		bare += middle.Sub(start)
		header += time.Since(middle)
	}
	b.ReportMetric(float64(header)/float64(bare), "x-bare")
	b.ReportMetric(float64(bare.Nanoseconds())/float64(b.N), "bare-ns/op")
	b.ReportMetric(float64(header.Nanoseconds())/float64(b.N), "header-ns/op")
}

func BenchmarkVerify(b *testing.B) {
	key := firstKey()
	value := signature(b, key, body)
	for b.Loop() {
		if err := Verify(&key.PublicKey, body, value); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCheckNumbers shows that the search for weak keys does not make loading slow.
func BenchmarkCheckNumbers(b *testing.B) {
	key := firstKey()
	for b.Loop() {
		checkNumbers(key.N, exponent(&key.PublicKey))
	}
}
