package forensics

// Cause is a stable code for one reason why a signature does not verify. Codes are never renamed.
type Cause string

// The key.
const (
	OK              Cause = "ok"
	KeyOtherKnown   Cause = "key_other_known"
	KeyWrong        Cause = "key_wrong"
	KeySizeMismatch Cause = "key_size_mismatch"
)

// How the signature is written down.
const (
	SigEmpty           Cause = "sig_empty"
	SigNotBase64       Cause = "sig_not_base64"
	SigBase64Wrapped   Cause = "sig_base64_wrapped"
	SigBase64URL       Cause = "sig_base64url"
	SigBase64Unpadded  Cause = "sig_base64_unpadded"
	SigHex             Cause = "sig_hex"
	SigDoubleBase64    Cause = "sig_double_base64"
	SigQuoted          Cause = "sig_quoted"
	SigPercentEncoded  Cause = "sig_percent_encoded"
	SigPlusToSpace     Cause = "sig_plus_to_space"
	SigPrefixed        Cause = "sig_prefixed"
	SigPEMArmored      Cause = "sig_pem_armored"
	SigTruncated       Cause = "sig_truncated"
	SigLeadingZeroLost Cause = "sig_leading_zero_lost"
	SigNotRSA          Cause = "sig_not_rsa"
	SigHTMLEntity      Cause = "sig_html_entity"   // + written as &#43;
	SigWhitespace      Cause = "sig_whitespace"    // invisible characters inside the value
	SigTrailingText    Cause = "sig_trailing_text" // text after the value
	SigExtraBytes      Cause = "sig_extra_bytes"   // the decoded value holds more than the signature
	SigTextMangled     Cause = "sig_text_mangled"  // raw bytes went through a text conversion
	SigReversed        Cause = "sig_reversed"      // little-endian, as Windows CryptoAPI returns it
	SigCaseChanged     Cause = "sig_case_changed"  // upper and lower case were lost
)

// The scheme and the hash.
const (
	SchemePSS       Cause = "scheme_pss"
	SchemeRawDigest Cause = "scheme_raw_digest"
	SchemeRawBody   Cause = "scheme_raw_body"
	SchemeNoNull    Cause = "scheme_no_null"
	SchemeEncrypted Cause = "scheme_encrypted"
	SchemeX931      Cause = "scheme_x931"
	SchemePadding   Cause = "scheme_padding" // PKCS#1 v1.5 by its start, damaged further on

	HashMD5    Cause = "hash_md5"
	HashSHA1   Cause = "hash_sha1"
	HashSHA224 Cause = "hash_sha224"
	HashSHA384 Cause = "hash_sha384"
	HashSHA512 Cause = "hash_sha512"
	HashSHA3   Cause = "hash_sha3"
	HashOther  Cause = "hash_other"

	DigestHexSigned    Cause = "digest_hex_signed"
	DigestBase64Signed Cause = "digest_base64_signed"
	DigestLineSigned   Cause = "digest_line_signed"
	DoubleHash         Cause = "double_hash"
)

// The body.
const (
	BodyTrailingNewline  Cause = "body_trailing_newline"
	BodyNewlinesRemoved  Cause = "body_newlines_removed"
	BodyCRLF             Cause = "body_crlf"
	BodyBOM              Cause = "body_bom"
	BodyWhitespace       Cause = "body_whitespace"
	BodyTrailingByte     Cause = "body_trailing_byte"
	BodyReformatted      Cause = "body_reformatted"
	BodyKeyOrder         Cause = "body_key_order"
	BodyUnicodeEscape    Cause = "body_unicode_escape"
	BodySlashEscape      Cause = "body_slash_escape"
	BodyHTMLEscape       Cause = "body_html_escape"
	BodyNumberFormat     Cause = "body_number_format"
	BodyNullDropped      Cause = "body_null_dropped"
	BodyEmpty            Cause = "body_empty"
	BodyCharset          Cause = "body_charset"
	BodyNormalization    Cause = "body_normalization"
	BodyBase64Signed     Cause = "body_base64_signed"
	BodyURLEncodedSigned Cause = "body_urlencoded_signed"
	BodyDoubleEncoded    Cause = "body_double_encoded"
	BodyGzip             Cause = "body_gzip"
	BodyFieldVersion     Cause = "body_field_version"
	BodyExtraSigned      Cause = "body_extra_signed"
	BodyOtherRequest     Cause = "body_other_request"
	BodyDiffers          Cause = "body_differs"

	BodyHexSigned      Cause = "body_hex_signed"      // the body written in hex was signed
	BodyTypeChanged    Cause = "body_type_changed"    // null or a boolean as another type
	BodyEmptyContainer Cause = "body_empty_container" // {} and [] swapped
	BodyDuplicateKeys  Cause = "body_duplicate_keys"  // duplicate keys collapsed
	BodyFieldAdded     Cause = "body_field_added"     // one field was added after signing
	BodyPartSigned     Cause = "body_part_signed"     // only one value of the body was signed
	BodyTruncated      Cause = "body_truncated"       // the signed bytes are the start of the body
	BodyReprSigned     Cause = "body_repr_signed"     // the language's own printout was signed
	BodyConstantSigned Cause = "body_constant_signed" // a well-known text that is not the body
)
