package command

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/spf13/cobra"

	"pikedash/keys"
)

func (a *app) signVerb() *cobra.Command {
	var bodyFile string
	cmd := &cobra.Command{
		Use: "sign", Short: "Sign a body as Pike wants it", Args: cobra.NoArgs,
		Long: "Signs the exact bytes of a body with the profile's key: RSASSA-PKCS1-v1_5, SHA-256, Base64 on one line,\n" +
			"the value of X-PARTNER-SIGN.",
		Example: "pikedash sign --body payout.json --key-file private.pem\nprintf '%s' \"$BODY\" | pikedash sign --body - --profile demo",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.config(cmd)
			if err != nil {
				return err
			}
			body, err := a.body(bodyFile)
			if err != nil {
				return err
			}
			signer, err := a.signersFor(s).signer(cmd.Context(), s.Current())
			if err != nil {
				return err
			}
			signature, err := keys.SignBase64(cmd.Context(), signer, body)
			if err != nil {
				return keyFault(err, "", "")
			}
			if !a.flags.json {
				a.out.line("%s", signature)
				return nil
			}
			sum := sha256.Sum256(body)
			a.out.object(struct {
				Schema    int              `json:"schema"`
				Signature string           `json:"signature"`
				Body      bodyFacts        `json:"body"`
				Key       keys.Fingerprint `json:"key"`
			}{1, signature, bodyFacts{len(body), hex.EncodeToString(sum[:])}, keys.FingerprintOf(signer.Public())})
			return nil
		},
	}
	cmd.Flags().StringVar(&bodyFile, "body", "", "`FILE` with the body, - for stdin; its bytes are not touched")
	group(cmd, "Input", "body")
	exits(cmd, exitKey)
	return cmd
}

// bodyFacts describe a body without showing it.
type bodyFacts struct {
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}
