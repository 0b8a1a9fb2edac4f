package forensics

import (
	"strings"
	"sync"

	"pikedash/keys"
)

// Languages are the keys of a finding's snippets, in the order in which they are shown.
var languages = [...]string{"shell", "go", "php", "python", "node", "java"}

// Languages lists the languages that snippets are written in.
func Languages() []string { return languages[:] }

// snippetsFor returns code that does it right, in each language, for one cause in a signature by a key of
// that role. What Pike signed has to be checked as it came.
func snippetsFor(c Cause, signer keys.Role) map[string]string {
	set := signSnippets
	switch s := string(c); {
	case c == OK:
		return nil
	case signer == keys.RolePike && aboutBody(c):
		return byLanguage(verifySnippets)
	case c == KeyOtherKnown, c == KeyWrong, c == KeySizeMismatch:
		set = keySnippets
	case c == BodyDiffers, c == BodyOtherRequest:
		set = digestSnippets
	case c == SigLeadingZeroLost:
		set = padSnippets
	case strings.HasPrefix(s, "body_"):
		set = bodySnippets
	}
	out := byLanguage(set)
	for lang, text := range special()[c] {
		out[lang] = text
	}
	return out
}

// aboutBody reports whether a cause is in the bytes that were checked.
func aboutBody(c Cause) bool {
	return strings.HasPrefix(string(c), "body_") && c != BodyOtherRequest
}

func byLanguage(set [len(languages)]string) map[string]string {
	out := make(map[string]string, len(set))
	for i, lang := range languages {
		out[lang] = set[i]
	}
	return out
}

// signSnippets sign a body and write the signature as it should be. Read only.
var signSnippets = [...]string{
	`openssl dgst -sha256 -sign private.pem body.json | openssl base64 -A`,
	`sum := sha256.Sum256(body)
raw, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
if err != nil {
	return err
}
req.Header.Set("X-PARTNER-SIGN", base64.StdEncoding.EncodeToString(raw))`,
	`openssl_sign($body, $raw, $privateKey, OPENSSL_ALGO_SHA256);
$headers[] = 'X-PARTNER-SIGN: ' . base64_encode($raw);`,
	`raw = private_key.sign(body, padding.PKCS1v15(), hashes.SHA256())
headers["X-PARTNER-SIGN"] = base64.b64encode(raw).decode()`,
	`const raw = crypto.sign("sha256", body, privateKey);
headers["X-PARTNER-SIGN"] = raw.toString("base64");`,
	`Signature s = Signature.getInstance("SHA256withRSA");
s.initSign(privateKey);
s.update(body);
request.header("X-PARTNER-SIGN", Base64.getEncoder().encodeToString(s.sign()));`,
}

// bodySnippets make the bytes once, sign them and send them. Read only.
var bodySnippets = [...]string{
	`printf '%s' "$BODY" > body.json
SIGN=$(openssl dgst -sha256 -sign private.pem body.json | openssl base64 -A)
curl -X POST "$URL" -H 'Content-Type: application/json' -H "X-PARTNER-PROJECT: $PROJECT" \
  -H "X-PARTNER-SIGN: $SIGN" --data-binary @body.json`,
	`body, err := json.Marshal(payload) // once
if err != nil {
	return err
}
sum := sha256.Sum256(body)
raw, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
if err != nil {
	return err
}
req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body)) // the same bytes
if err != nil {
	return err
}
req.Header.Set("Content-Type", "application/json")
req.Header.Set("X-PARTNER-SIGN", base64.StdEncoding.EncodeToString(raw))`,
	`$body = json_encode($payload, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE); // once
openssl_sign($body, $raw, $privateKey, OPENSSL_ALGO_SHA256);
curl_setopt($ch, CURLOPT_POSTFIELDS, $body); // the same string
curl_setopt($ch, CURLOPT_HTTPHEADER, ['Content-Type: application/json', 'X-PARTNER-SIGN: ' . base64_encode($raw)]);`,
	`body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()  # once
raw = private_key.sign(body, padding.PKCS1v15(), hashes.SHA256())
requests.post(url, data=body, headers={  # data=, not json=: the same bytes
    "Content-Type": "application/json",
    "X-PARTNER-SIGN": base64.b64encode(raw).decode(),
})`,
	`const body = Buffer.from(JSON.stringify(payload), "utf8"); // once
const sign = crypto.sign("sha256", body, privateKey).toString("base64");
await fetch(url, { method: "POST", body, headers: { "Content-Type": "application/json", "X-PARTNER-SIGN": sign } });`,
	`byte[] body = mapper.writeValueAsBytes(payload); // once
Signature s = Signature.getInstance("SHA256withRSA");
s.initSign(privateKey);
s.update(body);
HttpRequest request = HttpRequest.newBuilder(uri)
    .header("Content-Type", "application/json")
    .header("X-PARTNER-SIGN", Base64.getEncoder().encodeToString(s.sign()))
    .POST(HttpRequest.BodyPublishers.ofByteArray(body)) // the same bytes
    .build();`,
}

// verifySnippets check a notification over the bytes that came, before anything reads them. Read only.
var verifySnippets = [...]string{
	`printf '%s' "$SIGN" | openssl base64 -d -A > signature.bin   # $SIGN: the header's value
openssl dgst -sha256 -verify pike.pem -signature signature.bin body.bin   # body.bin: the body as it came`,
	`body, err := io.ReadAll(r.Body) // the bytes that came; json.Unmarshal comes after the check
if err != nil {
	return err
}
raw, err := base64.StdEncoding.DecodeString(r.Header.Get("X-PARTNER-SIGN"))
if err != nil {
	return err
}
sum := sha256.Sum256(body)
if err := rsa.VerifyPKCS1v15(pikeKey, crypto.SHA256, sum[:], raw); err != nil {
	return err
}`,
	`$body = file_get_contents('php://input'); // the bytes that came, not json_encode($request->all())
$raw = base64_decode($_SERVER['HTTP_X_PARTNER_SIGN']);
$good = openssl_verify($body, $raw, $pikeKey, OPENSSL_ALGO_SHA256) === 1;`,
	`body = request.get_data()  # Flask; Django: request.body. Not json.dumps(request.json)
raw = base64.b64decode(request.headers["X-PARTNER-SIGN"])
pike_key.verify(raw, body, padding.PKCS1v15(), hashes.SHA256())`,
	`app.post("/hook", express.raw({ type: "*/*" }), (req, res) => { // not express.json()
  const raw = Buffer.from(req.get("X-PARTNER-SIGN"), "base64");
  const good = crypto.verify("sha256", req.body, pikeKey, raw);
  res.sendStatus(good ? 200 : 400);
});`,
	`byte[] body = request.getInputStream().readAllBytes(); // Spring: @RequestBody byte[] body
Signature s = Signature.getInstance("SHA256withRSA");
s.initVerify(pikeKey);
s.update(body);
boolean good = s.verify(Base64.getDecoder().decode(request.getHeader("X-PARTNER-SIGN")));`,
}

// digestSnippets print the digest of the bytes that are about to be signed. Read only.
var digestSnippets = [...]string{
	`openssl dgst -sha256 body.json`,
	`fmt.Printf("%x %d bytes\n", sha256.Sum256(body), len(body)) // right before rsa.SignPKCS1v15`,
	`error_log(hash('sha256', $body) . ' ' . strlen($body) . ' bytes'); // right before openssl_sign`,
	`print(hashlib.sha256(body).hexdigest(), len(body), "bytes")  # right before private_key.sign`,
	`console.error(crypto.createHash("sha256").update(body).digest("hex"), body.length, "bytes"); // right before crypto.sign`,
	`System.err.println(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body)) + " " + body.length + " bytes"); // right before s.update`,
}

// keySnippets print the fingerprint of the key that signs, to compare with the registered one. Read only.
var keySnippets = [...]string{
	`openssl pkey -in private.pem -pubout -outform DER | openssl dgst -sha256`,
	`der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
if err != nil {
	return err
}
fmt.Printf("%x\n", sha256.Sum256(der))`,
	`$pem = openssl_pkey_get_details(openssl_pkey_get_private($privateKey))['key'];
echo hash('sha256', base64_decode(preg_replace('/-----[^-]+-----|\s/', '', $pem))), "\n";`,
	`der = private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
print(hashlib.sha256(der).hexdigest())`,
	`const der = crypto.createPublicKey(privateKey).export({ type: "spki", format: "der" });
console.log(crypto.createHash("sha256").update(der).digest("hex"));`,
	`byte[] der = publicKey.getEncoded();
System.out.println(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(der)));`,
}

// padSnippets put lost zeros back before a raw signature. Read only.
var padSnippets = [...]string{
	`openssl dgst -sha256 -sign private.pem body.json | openssl base64 -A   # openssl keeps leading zeros`,
	`raw = append(make([]byte, key.Size()-len(raw)), raw...)`,
	`$raw = str_pad($raw, openssl_pkey_get_details($publicKey)['bits'] / 8, "\0", STR_PAD_LEFT);`,
	`raw = raw.rjust(private_key.key_size // 8, b"\0")`,
	`raw = Buffer.concat([Buffer.alloc(modulusBytes - raw.length), raw]);`,
	`byte[] padded = new byte[modulusBytes];
System.arraycopy(raw, 0, padded, modulusBytes - raw.length, raw.length);`,
}

// special replaces the snippet of a language where a cause has one of its own. Read only.
var special = sync.OnceValue(func() map[Cause]map[string]string {
	return map[Cause]map[string]string{
		BodyTrailingNewline: {
			"shell":  `printf '%s' "$BODY" | openssl dgst -sha256 -sign private.pem | openssl base64 -A   # not echo`,
			"php":    "$body = file_get_contents('php://stdin'); // sign and send $body as it is, without PHP_EOL\nopenssl_sign($body, $raw, $privateKey, OPENSSL_ALGO_SHA256);",
			"python": "sys.stdout.buffer.write(body)  # not print(), which adds a newline\nraw = private_key.sign(body, padding.PKCS1v15(), hashes.SHA256())",
			"node":   "process.stdout.write(body); // not console.log(), which adds a newline\nconst sign = crypto.sign(\"sha256\", Buffer.from(body), privateKey).toString(\"base64\");",
		},
		BodyNewlinesRemoved: {
			"shell": `curl -X POST "$URL" -H 'Content-Type: application/json' -H "X-PARTNER-PROJECT: $PROJECT" \
  -H "X-PARTNER-SIGN: $SIGN" --data-binary @body.json   # not -d @body.json`,
		},
		BodyCRLF: {
			"shell":  `tr -d '\r' < body.json > unix.json   # then sign and send unix.json`,
			"python": `body = open("body.json", "rb").read()  # binary mode keeps the line ends`,
			"php":    `$body = file_get_contents('body.json'); // keeps the line ends; fopen needs mode 'rb'`,
		},
		BodyBOM: {
			"shell":  `LC_ALL=C sed '1s/^\xef\xbb\xbf//' body.json > plain.json   # then sign and send plain.json`,
			"python": `body = text.encode("utf-8")  # not "utf-8-sig"`,
			"java":   `byte[] body = text.getBytes(StandardCharsets.UTF_8); // adds no byte order mark`,
		},
		BodyReformatted: {
			"shell": `openssl dgst -sha256 -sign private.pem body.json | openssl base64 -A   # the file that is sent, not the output of jq`,
		},
		BodyKeyOrder: {
			"go": "// Marshal a struct, or keep the bytes: a map is written with sorted keys.\nbody, err := json.Marshal(payload) // once; sign and send these bytes\nif err != nil {\n\treturn err\n}",
		},
		BodySlashEscape: {
			"php": "$body = json_encode($payload, JSON_UNESCAPED_SLASHES); // once, then sign and send $body\nopenssl_sign($body, $raw, $privateKey, OPENSSL_ALGO_SHA256);",
		},
		BodyHTMLEscape: {
			"go": "var buf bytes.Buffer\nenc := json.NewEncoder(&buf)\nenc.SetEscapeHTML(false)\nif err := enc.Encode(payload); err != nil {\n\treturn err\n}\nbody := bytes.TrimSuffix(buf.Bytes(), []byte(\"\\n\")) // sign and send these bytes",
			"java": "Gson gson = new GsonBuilder().disableHtmlEscaping().create();\n" +
				"byte[] body = gson.toJson(payload).getBytes(StandardCharsets.UTF_8); // once; sign and send these bytes",
		},
		BodyCharset: {
			"php":    `$body = mb_convert_encoding($text, 'UTF-8', 'Windows-1251'); // name the charset that $text is in`,
			"python": `body = text.encode("utf-8")`,
			"node":   `const body = Buffer.from(text, "utf8"); // not "latin1", "binary" or "utf16le"`,
			"java":   `byte[] body = text.getBytes(StandardCharsets.UTF_8);`,
		},
		SigPlusToSpace: {
			"php": `$sign = $_SERVER['HTTP_X_PARTNER_SIGN']; // from the header, not from $_GET or $_POST`,
		},
		SigBase64Wrapped: {
			"shell":  `openssl dgst -sha256 -sign private.pem body.json | openssl base64 -A`,
			"python": `headers["X-PARTNER-SIGN"] = base64.b64encode(raw).decode()  # not base64.encodebytes`,
			"java":   `String sign = Base64.getEncoder().encodeToString(raw); // not getMimeEncoder`,
			"php":    `$sign = base64_encode($raw); // without chunk_split`,
		},
		SigReversed: {
			"shell": `openssl dgst -sha256 -sign private.pem body.json | openssl base64 -A   # openssl writes big-endian`,
			"go":    `slices.Reverse(raw)`,
		},
		HashSHA1: {
			"php": "openssl_sign($body, $raw, $privateKey, OPENSSL_ALGO_SHA256); // the default is SHA-1\n$sign = base64_encode($raw);",
		},
	}
})
