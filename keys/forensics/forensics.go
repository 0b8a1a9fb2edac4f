// Package forensics finds out why a signature does not verify.
//
// With RSASSA-PKCS1-v1_5 the public key alone turns a signature back into the padded digest that the
// signer computed. That tells a wrong key from wrong bytes with certainty, and turns wrong bytes into
// a search: hash what the signer may have signed until one digest equals the recovered one. A variant
// that hashes to the recovered digest is proof, not a guess.
//
// # The ladder
//
// Explain climbs these steps and keeps what it meets on the way:
//
//  1. how the signature is written down: quotes, prefixes, line breaks, percent signs, alphabets;
//  2. its length and range;
//  3. the RSA public operation with the expected key, then with every other known key;
//  4. the padding and the hash that the result shows;
//  5. the search for the bytes: the body, its variants, the forms in which a digest gets signed, and
//     the digests of every other body that the program knows.
//
// # The order of causes
//
// The first cause is the first to fix. Causes come in this order: how the signature is written (sig_),
// the key (key_), the scheme and hash (scheme_, hash_), what was hashed in place of the body
// (digest_, double_hash), then the body. Among body causes the ones that change what is said come
// before the ones that change how it is written, and what happens to the whole text (line ends, a byte
// order mark, a newline at the end) comes last:
//
//	encoded as a whole -> extra material, parts -> charset -> other fields -> order of keys -> spacing
//	-> escapes (slash, unicode, HTML) -> numbers -> line ends, BOM, white space -> newline at the end
//
// One serializer that changes several things at once is several causes. Because spacing changes
// whatever the content is, body_reformatted leads when it took part: Python's json.dumps of a body
// with an accent is body_reformatted, then body_unicode_escape. A cause is listed only when undoing
// it alone changes the signed bytes, so a cause that had no effect on this body is never listed.
package forensics

import (
	"context"
	"crypto/sha256"

	"pikedash/keys"
)

// Evidence is what is known about one signature.
type Evidence struct {
	Body      []byte // the bytes that were received or sent
	BodyKnown bool   // false: only Digest is known, as for a masked record
	// Digest is the SHA-256 of the true body. Explain computes it when BodyKnown is set.
	Digest [32]byte
	// Masked says that Body is the masked text of a body whose digest is Digest. It is then shown,
	// never searched.
	Masked    bool
	Signature string     // the value of X-PARTNER-SIGN as received
	Expected  keys.Known // the key that should have signed
	Ring      keys.Ring  // every other key that the program knows
	// Journal names the digests of other known bodies, such as "request 41".
	Journal map[[32]byte]string
	Context Context
	// Progress, when set, is called now and then during a long search, from the goroutine that called
	// Explain. total is an upper bound and may shrink.
	Progress func(tried, total int)
}

// Context is what is known about the request around the body. All of it is optional; it is used to
// recognise a signature that covers more than the body.
type Context struct {
	Method         string // such as POST
	Path           string // such as /api/v2/session/init/payout
	URL            string // the whole address
	Project        string // X-PARTNER-PROJECT
	Submerchant    string // X-PARTNER-SUBMERCHANT
	IdempotencyKey string // X-PARTNER-IDEMPOTENCY-KEY
	Timestamp      string // any time that was sent along, as written
	ContentType    string
	Encoding       string // Content-Encoding
	ContentLength  int64  // bytes that the header announced; 0 when unknown
}

// Explain says whether the signature fits and, when it does not, why. It reads nothing but its
// arguments, does not change them, and is bounded in time and memory whatever they hold. When ctx ends
// first the report says that the search was cut short.
func Explain(ctx context.Context, e Evidence) Report {
	if e.BodyKnown && !e.Masked {
		e.Digest = sha256.Sum256(e.Body)
	}
	x := &explainer{ctx: ctx, e: e}
	return x.run()
}

// searchable reports whether the true bytes are at hand.
func (e *Evidence) searchable() bool { return e.BodyKnown && !e.Masked }
