package keys

// Problem is one thing that is wrong or odd with a key or a file. It is also the error that the
// loaders return, so that a program can branch on Code and a person can read Sentence and Fix.
// Neither text ever holds contents of the file.
type Problem struct {
	Code     string `json:"code"`          // stable, such as "too_small"
	Sentence string `json:"sentence"`      // one line for people
	Fix      string `json:"fix,omitempty"` // what to do: where possible a command to run as it stands
	Refused  bool   `json:"refused"`       // the key cannot be used here because of it
}

// Error returns the sentence, followed by the fix.
func (p *Problem) Error() string {
	if p.Fix == "" {
		return p.Sentence
	}
	return p.Sentence + "; fix: " + p.Fix
}

// refuse makes a Problem that forbids the use of the key.
func refuse(code, sentence, fix string) *Problem {
	return &Problem{Code: code, Sentence: sentence, Fix: fix, Refused: true}
}

// The codes of problems. Those of files that are no RSA key at all are the kind itself, such as
// "ssh_public".
const (
	CodePassphraseNeeded  = "passphrase_needed"
	CodePassphraseWrong   = "passphrase_wrong"
	CodeEncryption        = "encryption_unsupported"
	CodeTooSmall          = "too_small"
	CodeTooBig            = "too_big"
	CodePermissions       = "permissions"
	CodePublicForPrivate  = "public_for_private"
	CodePrivateForPublic  = "private_for_public"
	CodePublicNamed       = "public_named_private"
	CodePrivateNamed      = "private_named_public"
	CodeSeveralBlocks     = "several_blocks"
	CodeBroken            = "broken"
	CodeTruncated         = "truncated"
	CodeInconsistent      = "inconsistent"
	CodeMislabelled       = "mislabelled"
	CodeTrailing          = "trailing_bytes"
	CodeBOM               = "bom"
	CodeUTF16             = "utf16"
	CodeCRLF              = "crlf"
	CodeEscapedNewlines   = "escaped_newlines"
	CodeBlanks            = "blanks_for_newlines"
	CodeOneLine           = "one_line"
	CodeQuoted            = "quoted"
	CodeLayout            = "odd_layout"
	CodeNoArmour          = "no_pem_lines"
	CodeBase64OfPEM       = "base64_of_pem"
	CodeEndMissing        = "end_line_missing"
	CodePadding           = "padding_missing"
	CodeExponentOne       = "exponent_one"
	CodeExponentEven      = "exponent_even"
	CodeExponentSmall     = "exponent_small"
	CodeExponentHuge      = "exponent_huge"
	CodeModulusEven       = "modulus_even"
	CodeSmallFactor       = "small_factor"
	CodeROCA              = "roca"
	CodeClosePrimes       = "close_primes"
	CodeNotRegular        = "not_a_regular_file"
	CodeMissing           = "missing"
	CodeUnreadable        = "unreadable"
	CodeExists            = "exists"
	CodePairMismatch      = "pair_mismatch"
	CodeInsideRepository  = "inside_git"
	CodeUnusualBits       = "bits_not_offered"
	CodeUnencryptedExport = "not_encrypted"
)
