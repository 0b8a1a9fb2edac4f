package keys

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// zoo makes one file of every kind with the real programs, in a folder.
func zoo(t *testing.T) (folder, map[string]Kind) {
	t.Helper()
	d := newFolder(t)
	d.write("key.pem", privatePEM(t, firstKey()), 0o600)
	lines := []string{
		"openssl rsa -in key.pem -traditional -out private_pkcs1",
		"openssl pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out private_pkcs8",
		"openssl pkcs8 -topk8 -in key.pem -passout 'pass:correct horse' -out private_pkcs8_encrypted",
		"openssl rsa -in key.pem -traditional -aes256 -passout 'pass:correct horse' -out private_legacy_encrypted",
		"openssl rsa -in key.pem -pubout -out public_pkix",
		"openssl rsa -in key.pem -RSAPublicKey_out -out public_pkcs1",
		"openssl req -new -x509 -key key.pem -subj /CN=test -days 1 -out certificate",
		"openssl req -new -key key.pem -subj /CN=test -out certificate_request",
		"openssl pkcs12 -export -inkey key.pem -in certificate -passout pass: -out pkcs12",
		"openssl crl2pkcs7 -nocrl -certfile certificate -out pkcs7",
		"openssl ecparam -name prime256v1 -genkey -out ec_private",
		"openssl ec -in ec_private -pubout -out ec_public",
		"openssl genpkey -algorithm ed25519 -out ed25519_private",
		"openssl pkey -in ed25519_private -pubout -out ed25519_public",
		"openssl genpkey -algorithm rsa-pss -pkeyopt rsa_keygen_bits:2048 -out rsa_pss_private",
		"openssl pkey -in rsa_pss_private -pubout -out rsa_pss_public",
		"openssl ecparam -name prime256v1 -out parameters",
		"openssl genpkey -algorithm x25519 -outform DER -out x25519",
		"printf x | openssl dgst -sha256 -sign key.pem -out signature_raw",
		"printf x | openssl dgst -sha256 -sign ec_private -out signature_ecdsa",
		"base64 signature_raw > signature_base64",
		"od -An -tx1 signature_raw > signature_hex",
		"cp key.pem openssh_private && ssh-keygen -q -p -N '' -f openssh_private",
		"ssh-keygen -y -f openssh_private > ssh_public",
		"ssh-keygen -e -m RFC4716 -f ssh_public > ssh2_public",
		"printf '{\"a\":1}' > json; printf 'hello\\n' > text; : > empty; printf ' \\n' > blank",
		"printf 'PuTTY-User-Key-File-3: ssh-rsa\\nEncryption: none\\n' > putty_private",
		"printf '<RSAKeyValue><Modulus>AA==</Modulus></RSAKeyValue>' > xml_rsa",
		"printf -- '-----BEGIN PGP PUBLIC KEY BLOCK-----\\n\\nmQENBF\\n=abcd\\n-----END PGP PUBLIC KEY BLOCK-----\\n' > pgp",
		"head -c 999 /dev/urandom > unknown; printf '\\377\\000' >> unknown",
	}
	for _, line := range lines {
		d.shell(line)
	}
	key := firstKey()
	part := func(v *big.Int) string { return base64.RawURLEncoding.EncodeToString(v.Bytes()) }
	public := map[string]string{"kty": "RSA", "n": part(key.N), "e": "AQAB"}
	d.writeJSON("jwk_public", public)
	d.writeJSON("jwk_set", map[string]any{"keys": []any{public}})
	d.writeJSON("jwk_private", map[string]string{"kty": "RSA", "n": part(key.N), "e": "AQAB", "d": part(key.D),
		"p": part(key.Primes[0]), "q": part(key.Primes[1]), "dp": part(key.Precomputed.Dp),
		"dq": part(key.Precomputed.Dq), "qi": part(key.Precomputed.Qinv)})
	require.NoError(t, os.Mkdir(d.at("directory"), 0o700))

	kinds := map[string]Kind{"key.pem": KindPrivatePKCS8, "blank": KindEmpty, "x25519": KindEdPrivate}
	entries, err := os.ReadDir(d.path)
	require.NoError(t, err)
	for _, entry := range entries {
		if _, known := kinds[entry.Name()]; !known {
			kinds[entry.Name()] = Kind(entry.Name())
		}
		if !entry.IsDir() {
			require.NoError(t, os.Chmod(d.at(entry.Name()), 0o600))
		}
	}
	return d, kinds
}

func (d folder) writeJSON(name string, value any) {
	d.t.Helper()
	text, err := json.Marshal(value)
	require.NoError(d.t, err)
	d.write(name, text, 0o600)
}

func TestTheDoctorKnowsEveryKind(t *testing.T) {
	d, kinds := zoo(t)
	want := FingerprintOf(&firstKey().PublicKey)
	ours := map[Kind]bool{KindOpenSSHPrivate: true, KindSSHPublic: true, KindJWKPublic: true, KindJWKPrivate: true, KindCertificateRequest: true}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			got := DoctorFile(d.at(name))
			assert.Equal(t, kind, got.Kind)
			assert.NotEmpty(t, got.Sentence)
			assert.NotNil(t, got.Problems)
			for _, p := range got.Problems {
				assert.NotEmpty(t, p.Fix, p.Code)
				assert.NotContains(t, p.Fix, "FILE")
			}
			switch {
			case kind.private():
				assert.Equal(t, "private", got.UsableAs)
			case kind.public():
				assert.Equal(t, "public", got.UsableAs)
			default:
				assert.Empty(t, got.UsableAs)
				require.Len(t, got.Problems, 1)
				assert.Equal(t, string(kind), got.Problems[0].Code)
				assert.True(t, got.Problems[0].Refused)
			}
			if (kind.private() || kind.public() || ours[kind]) && !kind.encrypted() {
				assert.Equal(t, want, got.Fingerprint)
				assert.Equal(t, 2048, got.Bits)
				assert.Equal(t, "65537", got.Exponent)
			}
			assert.Equal(t, kind.encrypted(), got.Encrypted)
		})
	}
}

// Loaders and doctor answer from one recogniser; this holds them together, over every kind.
func TestLoadersRefuseWhatTheDoctorCallsUnusable(t *testing.T) {
	d, kinds := zoo(t)
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			_, err := ReadPrivateFile(d.at(name), passphrase)
			if kind.private() {
				assert.NoError(t, err)
			} else {
				p := problemOf(t, err)
				assert.NotContains(t, p.Error(), "FILE")
				if kind.public() {
					assert.Equal(t, CodePublicForPrivate, p.Code)
					assert.Contains(t, p.Sentence, "signing needs the private key")
				} else {
					assert.Equal(t, string(kind), p.Code)
				}
			}
			_, err = ReadPublicFile(d.at(name))
			switch p := (&Problem{}); {
			case kind.public():
				assert.NoError(t, err)
			case kind.private():
				p = problemOf(t, err)
				assert.Equal(t, CodePrivateForPublic, p.Code)
				assert.Contains(t, p.Fix, "-pubout")
			default:
				p = problemOf(t, err)
				assert.Equal(t, string(kind), p.Code)
			}
		})
	}
}

// Every conversion that the doctor advises is run as it stands and must give the same key.
func TestTheDoctorsConversionCommandsWork(t *testing.T) {
	d, kinds := zoo(t)
	commands := map[Kind]string{} // what the command writes
	for _, k := range []Kind{KindPrivatePKCS8, KindPrivatePKCS1, KindPublicPKIX, KindPublicPKCS1, KindCertificate,
		KindCertificateRequest, KindSSHPublic, KindSSH2Public, KindJWKPublic, KindPKCS7} {
		commands[k] = "public.pem"
	}
	commands[KindOpenSSHPrivate], commands[KindJWKPrivate], commands[KindPKCS12] = "private.pem", "private.pem", "private.pem"
	done := 0
	for name, kind := range kinds {
		out, has := commands[kind]
		if !has {
			continue
		}
		done++
		t.Run(name, func(t *testing.T) {
			d := folder{t, d.path}
			if kind == KindJWKPrivate || kind == KindJWKPublic {
				tool(t, "node")
			}
			command := DoctorFile(d.at(name)).Convert
			if kind == KindPKCS12 {
				command = strings.Replace(command, "-nodes", "-nodes -passin pass:", 1) // it asks a person
			}
			for _, old := range []string{"public.pem", "private.pem", "key.pub"} {
				require.NoError(t, os.RemoveAll(d.at(old)))
			}
			d.shell(command)
			var public *rsa.PublicKey
			if out == "private.pem" {
				private, err := ReadPrivateFile(d.at(out), nil)
				require.NoError(t, err)
				public = &private.Key.PublicKey
			} else {
				half, err := ReadPublicFile(d.at(out))
				require.NoError(t, err)
				public = half.Key
			}
			assert.NoError(t, Pair(firstKey(), public))
		})
	}
	assert.Equal(t, len(commands)+1, done, "key.pem and private_pkcs8 share a kind")
}

func TestConversionOfDERAndBareBase64(t *testing.T) {
	block, _ := pem.Decode(publicPEM(t, firstKey()))
	for name, data := range map[string][]byte{
		"DER": block.Bytes, "Base64": []byte(base64.StdEncoding.EncodeToString(block.Bytes)),
	} {
		d := newFolder(t)
		path := d.write("key with blanks", data, 0o644)
		d.shell(DoctorFile(path).Convert)
		public, err := ReadPublicFile(d.at("public.pem"))
		require.NoError(t, err, name)
		assert.Empty(t, public.Warnings)
		assert.NoError(t, Pair(firstKey(), public.Key))
	}
}

// A damaged PEM is repaired before it is converted, because openssl reads it no more.
func TestDamagedFilesAreRepairedBeforeTheyAreConverted(t *testing.T) {
	text := string(privatePEM(t, firstKey()))
	for name, damaged := range map[string]string{
		"escaped": strings.ReplaceAll(text, "\n", `\n`), "blanks": strings.ReplaceAll(text, "\n", " "), "quoted": `"` + text + `"`,
		"one line": strings.ReplaceAll(text, "\n", ""), "indented": strings.ReplaceAll(text, "\n", "\n  "), "no end": text[:strings.Index(text, "-----END")],
		"in Base64": base64.StdEncoding.EncodeToString([]byte(text)), "variable": `export KEY="` + strings.ReplaceAll(text, "\n", `\n`) + `"`,
	} {
		d := newFolder(t)
		diagnosis := DoctorFile(d.write("key.pem", []byte(damaged), 0o600))
		assert.Equal(t, "private", diagnosis.UsableAs, name)
		d.shell(diagnosis.Convert)
		public, err := ReadPublicFile(d.at("public.pem"))
		require.NoError(t, err, name)
		assert.NoError(t, Pair(firstKey(), public.Key), name)
	}
	// What has to be done is said once.
	quoted := Doctor("key.pem", []byte(strings.ReplaceAll(text, "\n", ` "\n"`)), 0o600)
	assert.Greater(t, len(quoted.Problems), 1)
	assert.Equal(t, make([]string, len(quoted.Problems)), quoted.Fixes())
	assert.Equal(t, []string{"chmod 600 key.pem"}, func() []string { d := Doctor("key.pem", []byte(text), 0o644); return d.Fixes() }())
	cut := Doctor("key.pem", []byte(text[:len(text)/2]), 0o600)
	assert.Contains(t, cut.Convert, "copy the whole file again", "no command mends what is not there")
}

func TestSSHKeysOfOtherKindsAndWithPassphrases(t *testing.T) {
	d := newFolder(t)
	d.shell("ssh-keygen -q -t ed25519 -N '' -f ed; ssh-keygen -q -t ecdsa -N '' -f ec; ssh-keygen -q -t rsa -b 2048 -N secret -f sealed")
	for name, kind := range map[string]Kind{"ed": KindEdPrivate, "ed.pub": KindEdPublic, "ec": KindECPrivate, "ec.pub": KindECPublic} {
		diagnosis := DoctorFile(d.at(name))
		assert.Equal(t, kind, diagnosis.Kind, name)
		assert.Contains(t, diagnosis.Convert, "Pike takes RSA keys only", name)
	}
	sealed := DoctorFile(d.at("sealed"))
	assert.Equal(t, KindOpenSSHPrivate, sealed.Kind)
	assert.True(t, sealed.Encrypted)
	assert.NotContains(t, sealed.Convert, `-N ""`, "the passphrase is not taken off behind anybody's back")
	d.shell(strings.Replace(sealed.Convert, "ssh-keygen -p", "ssh-keygen -q -p -P secret -N '"+testPassphrase+"'", 1))
	private, err := ReadPrivateFile(d.at("private.pem"), passphrase)
	require.NoError(t, err)
	assert.Equal(t, sealed.Fingerprint, FingerprintOf(&private.Key.PublicKey))
}

func TestTheDoctorLooksAtNameModeAndPlace(t *testing.T) {
	private, public := privatePEM(t, firstKey()), publicPEM(t, firstKey())
	assert.Empty(t, Doctor("private.pem", private, 0o600).Problems)
	assert.Empty(t, Doctor("public.pem", public, 0o644).Problems)
	assert.Equal(t, []string{CodePublicNamed}, codes(Doctor("pike_private.pem", public, 0o644).Problems))
	assert.Equal(t, []string{CodePrivateNamed}, codes(Doctor("public.pem", private, 0o600).Problems))

	open := Doctor("/a b/private.pem", private, 0o640)
	require.Equal(t, []string{CodePermissions}, codes(open.Problems))
	assert.Equal(t, "chmod 600 '/a b/private.pem'", open.Problems[0].Fix)
	assert.Contains(t, open.Problems[0].Sentence, "the group")
	assert.Empty(t, open.UsableAs)
	assert.Equal(t, KindDirectory, Doctor("keys", nil, os.ModeDir|0o700).Kind)

	// What forbids the use comes first, in the order in which it was found.
	hurt := append([]byte("\ufeff"), privatePEM(t, firstKey())...)
	several := Doctor("pub.pem", append(hurt, public...), 0o644)
	assert.Equal(t, []string{CodeSeveralBlocks, CodePermissions, CodeBOM, CodePrivateNamed}, codes(several.Problems))

	d := newFolder(t)
	require.NoError(t, os.MkdirAll(d.at("repo/.git"), 0o700))
	require.NoError(t, os.MkdirAll(d.at("repo/deep"), 0o700))
	path := d.write("repo/deep/key.pem", private, 0o600)
	assert.Equal(t, []string{CodeInsideRepository}, codes(DoctorFile(path).Problems))
	assert.Equal(t, KindNoFile, DoctorFile(d.at("nothing")).Kind)
}

func TestTheFingerprintOfNumbersIsTheFingerprint(t *testing.T) {
	for _, key := range []*rsa.PrivateKey{firstKey(), secondKey()} {
		assert.Equal(t, FingerprintOf(&key.PublicKey), fingerprintOfNumbers(key.N, exponent(&key.PublicKey)))
	}
}

func TestTheDiagnosisIsJSONWithoutHoles(t *testing.T) {
	text, err := json.Marshal(Doctor("", []byte("hello"), 0))
	require.NoError(t, err)
	var back map[string]any
	require.NoError(t, json.Unmarshal(text, &back))
	assert.Equal(t, "text", back["kind"])
	assert.IsType(t, []any{}, back["problems"])
	assert.Contains(t, back, "usable_as")
}
