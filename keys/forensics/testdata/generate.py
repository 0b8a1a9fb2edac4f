#!/usr/bin/env python3
"""Makes cases.jsonl and keys.json: faulty signatures as real programs make them.

Needs openssl 3, node, php-cli, jq, perl, java (17 or later), go and Python's cryptography. The private
keys are made in a temporary directory and thrown away with it. Run it in this directory:

    python3 generate.py

Each case has an id, the body that was received, the signature, the names of the keys (the first is the
expected one) and the causes that the inspector must name, the first one first.
"""
import base64, gzip, hashlib, json, os, subprocess, sys, tempfile, unicodedata, urllib.parse, zlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, utils

DIR = tempfile.mkdtemp(prefix="cases-")
CASES, SEEN = [], set()


def run(*argv, stdin=b"", shell=False):
    p = subprocess.run(argv[0] if shell else argv, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       shell=shell, cwd=DIR, executable="/bin/bash" if shell else None)
    if p.returncode != 0:
        raise SystemExit(f"{argv}: {p.stderr.decode(errors='replace')}")
    return p.stdout


def sh(command, stdin=b""):
    return run(command, stdin=stdin, shell=True)


def node(code, stdin=b""):
    pre = "const fs=require('fs'),crypto=require('crypto'),zlib=require('zlib');const raw=fs.readFileSync(0);const text=raw.toString();const out=b=>fs.writeSync(1,b);"
    return run("node", "-e", pre + code, stdin=stdin)


def php(code, stdin=b""):
    return run("php", "-r", "$raw=file_get_contents('php://stdin');" + code, stdin=stdin)


KEYS = {}


def make_key(name, bits):
    run("openssl", "genrsa", "-out", f"{name}.pem", str(bits))
    KEYS[name] = run("openssl", "rsa", "-in", f"{name}.pem", "-pubout").decode()


def private(name="own"):
    with open(f"{DIR}/{name}.pem", "rb") as f:
        return serialization.load_pem_private_key(f.read(), None)


for key_name, size in [("own", 2048), ("demo", 2048), ("stranger", 2048), ("big", 4096), ("odd", 3072)]:
    make_key(key_name, size)
OWN = private()
N, D = OWN.private_numbers().public_numbers.n, OWN.private_numbers().d


def sign(data, key="own", digest="sha256"):
    """Signs with openssl dgst, as the documentation shows."""
    return run("openssl", "dgst", f"-{digest}", "-sign", f"{key}.pem", stdin=data)


def power(em):
    """The bare private operation over an encoded message."""
    return pow(int.from_bytes(em, "big"), D, N).to_bytes(256, "big")


def case(name, want, body, signature, keys=("own", "demo", "big"), by="openssl"):
    if isinstance(signature, bytes):
        signature = base64.b64encode(signature).decode()
    if name in SEEN:
        raise SystemExit("twice: " + name)
    SEEN.add(name)
    CASES.append({"id": name, "by": by, "want": want.split(), "body_b64": base64.b64encode(body).decode(),
                  "signature": signature, "keys": list(keys)})


def signed(name, want, body, data, by="openssl", **kw):
    """A case in which other bytes than the body were signed in the right way."""
    if data == body:
        raise SystemExit("no fault: " + name)
    case(name, want, body, sign(data), by=by, **kw)


RICH = '{"amount":100.0,"name":"José","url":"https://shop.example/cb?a=1&b=2","note":null,"tags":["a","b",{"z":1,"y":[]}],"ok":true}'.encode()
PLAIN = b'{"payout_details":{"type":"card","card":{"type":"encrypted_card"}},"amount_details":{"amount":15000,"currency":"eur"},"metadata":"order-9001"}'
V1 = b'{"payment_method":{"type":"card","card":{"type":"encrypted_card"}},"amount_details":{"amount":15000,"currency":"eur"}}'
RUS = '{"customer":{"reference":"Иванов Иван"},"amount_details":{"amount":500,"currency":"rub"}}'.encode()
EMOJI = '{"note":"paid \U0001f600 thanks","amount":5}'.encode()
SPACED = b'{"session_id": "ps_70120", "amount_details": {"amount": 15000, "currency": "eur"}, "items": [1, 2, 3]}'
PRETTY = json.dumps(json.loads(PLAIN), indent=2).encode() + b"\n"
PRETTY4 = json.dumps(json.loads(PLAIN), indent=4).encode() + b"\n"
HTML = b'{"text":"<b>Tom & Jerry</b>","q":"a=b&c=d\'s"}'
NUMS = b'{"amount":150.00,"rate":1e2,"big":12345678901234567890,"small":0.00001,"fee":1.50,"count":3}'
SORTME = b'{"b":1,"a":{"d":[{"y":1,"x":2}],"c":"v"},"z":"w","m":null}'
LINES = b'line one\nline two\nline three\n'
BODIES = {"rich": RICH, "plain": PLAIN, "v1": V1, "rus": RUS, "emoji": EMOJI, "spaced": SPACED, "pretty": PRETTY, "html": HTML,
          "nums": NUMS, "sortme": SORTME, "empty": b"", "braces": b"{}", "lines": LINES, "binary": bytes(range(256))}


def valid():
    for name, body in BODIES.items():
        case("ok-openssl-" + name, "ok", body, sign(body))
        open(f"{DIR}/in", "wb").write(body)
        case("ok-node-" + name, "ok", body, node("out(crypto.createSign('RSA-SHA256').update(raw).sign(fs.readFileSync('own.pem'),'base64'))", body).decode(), by="node")
        case("ok-php-" + name, "ok", body, php("openssl_sign($raw,$s,file_get_contents('own.pem'),OPENSSL_ALGO_SHA256);echo base64_encode($s);", body).decode(), by="php")
    case("ok-python", "ok", RICH, OWN.sign(RICH, padding.PKCS1v15(), hashes.SHA256()), by="python")
    case("ok-surrounding-newline", "ok", RICH, base64.b64encode(sign(RICH)).decode() + "\n")
    case("ok-4096", "ok", RICH, sign(RICH, "big"), keys=("big", "own"))
    case("ok-3072", "ok", RICH, sign(RICH, "odd"), keys=("odd", "own"))


def keys():
    for name, body in BODIES.items():
        case("key-other-" + name, "key_other_known", body, sign(body, "demo"))
        case("key-wrong-" + name, "key_wrong", body, sign(body, "stranger"))
    case("key-other-size", "key_other_known", RICH, sign(RICH, "big"))
    case("key-size-3072", "key_size_mismatch", RICH, sign(RICH, "odd"))
    case("key-size-small-expected", "key_size_mismatch", RICH, sign(RICH, "stranger"), keys=("big",))
    case("key-size-ring", "key_size_mismatch", RICH, sign(RICH, "stranger"), keys=("odd", "own"))
    case("key-wrong-encrypted-to-public", "key_wrong", RICH, sh("openssl rsa -in own.pem -pubout -out own.pub 2>/dev/null; openssl dgst -sha256 -binary | openssl pkeyutl -encrypt -pubin -inkey own.pub", RICH))
    case("key-wrong-oaep-to-public", "key_wrong", RICH, sh("openssl dgst -sha256 -binary | openssl pkeyutl -encrypt -pubin -inkey own.pub -pkeyopt rsa_padding_mode:oaep", RICH))
    case("key-other-and-newline", "key_other_known body_trailing_newline", RICH, sign(RICH + b"\n", "demo"))
    case("key-other-sha1", "key_other_known hash_sha1", RICH, sign(RICH, "demo", "sha1"))
    case("key-other-differs", "key_other_known body_differs", RICH, sign(b"something else", "demo"))


def writing():
    b64 = lambda b: base64.b64encode(b).decode()
    for i, body in enumerate([RICH, PLAIN, RUS]):
        raw = sign(body)
        std, url, hx = b64(raw), base64.urlsafe_b64encode(raw).decode(), raw.hex()
        n = str(i)
        c = lambda name, want, s, by="openssl": case(f"sig-{name}-{n}", want, body, s, by=by)
        wrapped = sh("openssl dgst -sha256 -sign own.pem | base64", body).decode()
        c("wrapped-76", "sig_base64_wrapped", wrapped, "base64")
        c("wrapped-64", "sig_base64_wrapped", sh("openssl dgst -sha256 -sign own.pem | openssl base64", body).decode())
        c("wrapped-mime", "sig_base64_wrapped", "\r\n".join(std[j:j + 76] for j in range(0, 344, 76)) + "\r\n", "java")
        c("wrapped-php", "sig_base64_wrapped", php("openssl_sign($raw,$s,file_get_contents('own.pem'),OPENSSL_ALGO_SHA256);echo chunk_split(base64_encode($s));", body).decode(), "php")
        c("wrapped-python", "sig_base64_wrapped", base64.encodebytes(raw).decode(), "python")
        c("wrapped-folded", "sig_base64_wrapped", " ".join(wrapped.split()), "shell")
        c("wrapped-folded-tab", "sig_base64_wrapped", "\r\n\t".join(wrapped.split()), "shell")
        c("wrapped-literal", "sig_base64_wrapped", "\\n".join(wrapped.split()), "shell")
        c("url", "sig_base64url", url, "python")
        c("url-unpadded", "sig_base64url", node("out(crypto.createSign('RSA-SHA256').update(raw).sign(fs.readFileSync('own.pem'),'base64url'))", body).decode(), "node")
        c("url-php", "sig_base64url", php("openssl_sign($raw,$s,file_get_contents('own.pem'),'sha256WithRSAEncryption');echo rtrim(strtr(base64_encode($s),'+/','-_'),'=');", body).decode(), "php")
        c("unpadded", "sig_base64_unpadded", std.rstrip("="), "node")
        c("unpadded-one", "sig_base64_unpadded", std[:-1], "shell")
        c("hex", "sig_hex", node("out(crypto.createSign('RSA-SHA256').update(raw).sign(fs.readFileSync('own.pem'),'hex'))", body).decode(), "node")
        c("hex-upper", "sig_hex", hx.upper(), "php")
        c("hex-php", "sig_hex", php("openssl_sign($raw,$s,file_get_contents('own.pem'),OPENSSL_ALGO_SHA256);echo bin2hex($s);", body).decode(), "php")
        c("hex-xxd", "sig_hex", sh("openssl dgst -sha256 -sign own.pem | xxd -p", body).decode(), "xxd")
        c("hex-openssl", "sig_hex sig_prefixed", sh("openssl dgst -sha256 -sign own.pem -hex", body).decode())
        c("hex-colons", "sig_hex", sh("openssl dgst -sha256 -sign own.pem -hex -c | sed 's/.*= *//'", body).decode())
        c("hex-0x", "sig_hex", "0x" + hx, "python")
        c("hex-base64", "sig_hex", b64(hx.encode()), "php")
        c("hex-of-base64", "sig_hex", std.encode().hex(), "php")
        c("double", "sig_double_base64", b64(std.encode()), "node")
        c("double-shell", "sig_double_base64 sig_base64_wrapped", sh("openssl dgst -sha256 -sign own.pem | base64 | base64 -w0", body).decode(), "base64")
        c("double-wrapped", "sig_double_base64 sig_base64_wrapped", sh("openssl dgst -sha256 -sign own.pem | base64 -w0 | base64", body).decode(), "base64")
        c("double-both-wrapped", "sig_double_base64 sig_base64_wrapped", sh("openssl dgst -sha256 -sign own.pem | base64 | base64", body).decode(), "base64")
        c("triple", "sig_double_base64", b64(b64(std.encode()).encode()), "python")
        c("quoted", "sig_quoted", json.dumps(std), "python")
        c("quoted-single", "sig_quoted", f"'{std}'", "shell")
        c("quoted-node", "sig_quoted", node("out(JSON.stringify(crypto.sign('sha256',raw,fs.readFileSync('own.pem')).toString('base64')))", body).decode(), "node")
        c("quoted-php", "sig_quoted", php("openssl_sign($raw,$s,file_get_contents('own.pem'),OPENSSL_ALGO_SHA256);echo json_encode(base64_encode($s));", body).decode(), "php")
        c("quoted-python-bytes", "sig_quoted", str(std.encode()), "python")
        c("quoted-escaped-slash", "sig_quoted", std.replace("/", "\\/"), "php")
        c("percent", "sig_percent_encoded", urllib.parse.quote(std, safe=""), "python")
        c("percent-node", "sig_percent_encoded", node("out(encodeURIComponent(text))", std.encode()).decode(), "node")
        c("percent-php", "sig_percent_encoded", php("echo urlencode($raw);", std.encode()).decode(), "php")
        c("percent-lower", "sig_percent_encoded", urllib.parse.quote(std, safe="").replace("%2B", "%2b").replace("%2F", "%2f").replace("%3D", "%3d"), "java")
        c("percent-twice", "sig_percent_encoded", urllib.parse.quote(urllib.parse.quote(std, safe=""), safe=""), "python")
        c("percent-wrapped", "sig_percent_encoded sig_base64_wrapped", urllib.parse.quote(wrapped, safe=""), "python")
        if "+" in std:
            c("plus", "sig_plus_to_space", urllib.parse.unquote_plus(std), "python")
            c("plus-php", "sig_plus_to_space", php("parse_str('s='.$raw,$o);echo $o['s'];", std.encode()).decode(), "php")
        c("prefix-header", "sig_prefixed", "X-PARTNER-SIGN: " + std, "shell")
        c("prefix-lower", "sig_prefixed", "x-partner-sign:" + std, "shell")
        c("prefix-curl", "sig_prefixed", f"-H 'X-PARTNER-SIGN: {std}'", "curl")
        c("prefix-sha256", "sig_prefixed", "sha256=" + std, "github style")
        c("prefix-bearer", "sig_prefixed", "Bearer " + std, "shell")
        c("prefix-sign-word", "sig_prefixed", "Signature " + std, "shell")
        c("prefix-data-url", "sig_prefixed", "data:application/octet-stream;base64," + std, "browser")
        c("prefix-quoted-field", "sig_prefixed", f'keyId="own",algorithm="rsa-sha256",signature="{std}"', "http signatures")
        c("prefix-json", "sig_prefixed", json.dumps({"signature": std}), "python")
        c("pem", "sig_pem_armored", "-----BEGIN SIGNATURE-----\n" + wrapped + "-----END SIGNATURE-----\n", "shell")
        c("pem-one-line", "sig_pem_armored", "-----BEGIN RSA SIGNATURE-----" + std + "-----END RSA SIGNATURE-----", "shell")
        c("truncated-4", "sig_truncated", std[:-4], "shell")
        c("truncated-half", "sig_truncated", std[:172], "shell")
        c("truncated-255", "sig_truncated", std[:255], "varchar(255)")
        c("truncated-head", "sig_truncated", wrapped.split()[0], "header cut at newline")
        c("truncated-ellipsis", "sig_truncated", std[:40] + "...", "log")
        c("truncated-ellipsis-char", "sig_truncated", std[:40] + "…" + std[-8:], "log")
        c("empty", "sig_empty", "", "shell")
        c("blank", "sig_empty", " \n", "shell")
        c("not-base64", "sig_not_base64", "not a signature!", "shell")
        c("not-base64-star", "sig_not_base64", std[:100] + "*" + std[101:], "shell")
        c("not-base64-raw", "sig_not_base64", raw.decode("latin-1"), "php")
        c("not-base64-bytes", "sig_not_base64", str(raw), "python")
        c("not-base64-list", "sig_not_base64", node("out(String(new Uint8Array(crypto.sign('sha256',raw,fs.readFileSync('own.pem')))))", body).decode(), "node")
        c("not-base64-buffer", "sig_not_base64", node("out(JSON.stringify(crypto.sign('sha256',raw,fs.readFileSync('own.pem'))))", body).decode(), "node")
        c("entity", "sig_html_entity", std.replace("+", "&#43;").replace("=", "&#61;"), "template")
        c("entity-hex", "sig_html_entity", std.replace("+", "&#x2B;").replace("/", "&#x2F;").replace("=", "&#x3D;"), "java owasp encoder")
        c("bom", "sig_whitespace", "\ufeff" + std, "powershell")
        c("zero-width", "sig_whitespace", std[:50] + "\u200b" + std[50:], "chat program")
        c("semicolon", "sig_trailing_text", std + ";", "shell")
        c("comma-two", "sig_trailing_text", std + "," + std, "proxy that joins headers")
        c("extra-newline", "sig_extra_bytes", sh("(openssl dgst -sha256 -sign own.pem; echo) | base64 -w0", body).decode(), "shell")
        c("extra-zero", "sig_extra_bytes", b64(b"\0" + raw), "java BigInteger")
        ssh = b"\0\0\0\x0crsa-sha2-256\0\0\1\0" + raw
        c("extra-ssh", "sig_extra_bytes", b64(ssh), "ssh-agent")
        c("mangled-latin1", "sig_text_mangled", node("out(Buffer.from(crypto.sign('sha256',raw,fs.readFileSync('own.pem')).toString('binary')).toString('base64'))", body).decode(), "node")
        c("mangled-utf8", "sig_text_mangled", node("out(Buffer.from(crypto.sign('sha256',raw,fs.readFileSync('own.pem')).toString()).toString('base64'))", body).decode(), "node")
        c("reversed", "sig_reversed", b64(raw[::-1]), "windows")
        c("lower", "sig_case_changed", std.lower(), "proxy")
        c("upper", "sig_case_changed", std.upper(), "proxy")
        c("url-wrong-known", "sig_base64url key_other_known", base64.urlsafe_b64encode(sign(body, "demo")).decode(), "python")
        c("url-wrong-key", "sig_base64url key_wrong", base64.urlsafe_b64encode(sign(body, "stranger")).decode(), "python")
        c("hex-sha1-newline", "sig_hex hash_sha1 body_trailing_newline", sign(body + b"\n", digest="sha1").hex())
        c("hex-newline", "sig_hex body_trailing_newline", sign(body + b"\n").hex())
        c("quoted-percent-wrapped", "sig_quoted sig_percent_encoded sig_base64_wrapped", '"' + urllib.parse.quote(wrapped, safe="") + '"', "shell")
        c("json-wrapped", "sig_quoted sig_base64_wrapped", json.dumps(wrapped), "python")
        c("wrapped-newline", "sig_base64_wrapped body_trailing_newline", sh("(cat; echo) | openssl dgst -sha256 -sign own.pem | base64", body).decode(), "shell")
    # A lost leading zero needs a signature that starts with one.
    count = 0
    for i in range(100000):
        body = b'{"n":%d}' % i
        raw = OWN.sign(body, padding.PKCS1v15(), hashes.SHA256())
        if raw[0] == 0:
            case(f"sig-leading-zero-{i}", "sig_leading_zero_lost", body, raw.lstrip(b"\0"), by="token")
            case(f"sig-leading-zero-hex-{i}", "sig_hex sig_leading_zero_lost", body, "%x" % int.from_bytes(raw, "big") if len("%x" % int.from_bytes(raw, "big")) % 2 == 0 else raw[1:].hex(), by="python")
            case(f"sig-leading-zero-newline-{i}", "sig_leading_zero_lost body_trailing_newline", body[:-1], raw[1:], by="token") if body.endswith(b"\n") else None
            count += 1
        if raw[-1] == 10 and count < 3:
            case(f"sig-trimmed-{i}", "sig_truncated", body, php("echo base64_encode(trim($raw));", raw).decode() if raw[0] not in b" \t\n\r\0\x0b" else raw[:-1], by="php")
        if count == 3:
            break


def not_rsa():
    p256 = ec.generate_private_key(ec.SECP256R1())
    der = p256.sign(RICH, ec.ECDSA(hashes.SHA256()))
    case("not-rsa-ecdsa", "sig_not_rsa", RICH, der, by="python")
    case("not-rsa-ecdsa-hex", "sig_not_rsa sig_hex", RICH, der.hex(), by="python")
    case("not-rsa-ecdsa-384", "sig_not_rsa", RICH, ec.generate_private_key(ec.SECP384R1()).sign(RICH, ec.ECDSA(hashes.SHA256())), by="python")
    case("not-rsa-ed25519", "sig_not_rsa", RICH, ed25519.Ed25519PrivateKey.generate().sign(RICH), by="python")
    case("not-rsa-hmac", "sig_not_rsa", RICH, sh("openssl dgst -sha256 -hmac secret -binary", RICH))
    case("not-rsa-hmac-hex", "sig_not_rsa sig_hex", RICH, hashlib.sha256(b"k" + RICH).hexdigest(), by="python")
    case("not-rsa-hmac-512", "sig_not_rsa", RICH, sh("openssl dgst -sha512 -hmac secret -binary", RICH))
    case("not-rsa-hmac-sha1", "sig_not_rsa", RICH, php("echo hash_hmac('sha1',$raw,'secret',true);", RICH), by="php")
    case("not-rsa-sha256", "sig_not_rsa sig_hex", RICH, sh("sha256sum | cut -d' ' -f1", RICH).decode(), by="sha256sum")
    seg = lambda b: base64.urlsafe_b64encode(b).decode().rstrip("=")
    head = seg(b'{"alg":"RS256"}') + "." + seg(RICH)
    case("not-rsa-jws", "sig_not_rsa", RICH, head + "." + seg(sign(head.encode())), by="jwt")
    run("openssl", "req", "-x509", "-key", "own.pem", "-out", "own.crt", "-subj", "/CN=test", "-days", "1")
    case("not-rsa-cms", "sig_not_rsa", RICH, sh("openssl cms -sign -signer own.crt -inkey own.pem -outform PEM", RICH).decode())
    case("not-rsa-cms-der", "sig_not_rsa", RICH, sh("openssl cms -sign -signer own.crt -inkey own.pem -outform DER", RICH))
    case("not-rsa-certificate", "sig_not_rsa", RICH, open(f"{DIR}/own.crt").read())
    case("not-rsa-public-key", "sig_not_rsa", RICH, KEYS["own"])


def schemes():
    digest = hashlib.sha256(RICH).digest()
    for name, salt in [("32", "32"), ("digest", "digest"), ("max", "max"), ("auto", "auto"), ("0", "0"), ("20", "20")]:
        sig = sh(f"openssl dgst -sha256 -sign own.pem -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:{salt}", RICH)
        case("pss-openssl-" + name, "scheme_pss", RICH, sig)
    for name, opt in [("default", ""), ("digest", ",saltLength:crypto.constants.RSA_PSS_SALTLEN_DIGEST"), ("max", ",saltLength:crypto.constants.RSA_PSS_SALTLEN_MAX_SIGN")]:
        case("pss-node-" + name, "scheme_pss", PLAIN, node("out(crypto.sign('sha256',raw,{key:fs.readFileSync('own.pem'),padding:crypto.constants.RSA_PKCS1_PSS_PADDING%s}))" % opt, PLAIN), by="node")
    H = hashes
    for name, mgf, alg, salt, want in [
            ("max", H.SHA256(), H.SHA256(), padding.PSS.MAX_LENGTH, "scheme_pss"), ("mgf-sha1", H.SHA1(), H.SHA256(), 32, "scheme_pss"), ("mgf-sha1-max", H.SHA1(), H.SHA256(), padding.PSS.MAX_LENGTH, "scheme_pss"),
            ("sha512", H.SHA512(), H.SHA512(), 64, "scheme_pss hash_sha512"), ("sha1", H.SHA1(), H.SHA1(), 20, "scheme_pss hash_sha1"), ("sha384", H.SHA384(), H.SHA384(), 48, "scheme_pss hash_sha384")]:
        case("pss-python-" + name, want, RICH, OWN.sign(RICH, padding.PSS(padding.MGF1(mgf), salt), alg), by="python")
    case("pss-newline", "scheme_pss body_trailing_newline", RICH, OWN.sign(RICH + b"\n", padding.PSS(padding.MGF1(H.SHA256()), 32), H.SHA256()), by="python")
    case("pss-max-newline", "scheme_pss body_trailing_newline", RICH, OWN.sign(RICH + b"\n", padding.PSS(padding.MGF1(H.SHA256()), padding.PSS.MAX_LENGTH), H.SHA256()), by="python")
    case("pss-differs", "scheme_pss body_differs", RICH, OWN.sign(b"other", padding.PSS(padding.MGF1(H.SHA256()), 32), H.SHA256()), by="python")
    case("pss-hex-digest", "scheme_pss digest_hex_signed", RICH, OWN.sign(digest.hex().encode(), padding.PSS(padding.MGF1(H.SHA256()), 32), H.SHA256()), by="python")
    case("pss-4096", "scheme_pss", RICH, private("big").sign(RICH, padding.PSS(padding.MGF1(H.SHA256()), 32), H.SHA256()), keys=("big", "own"), by="python")
    for alg in ["md5", "sha1", "sha224", "sha384", "sha512"]:
        for name in ["rich", "plain", "rus"]:
            case(f"hash-{alg}-{name}", "hash_" + alg, BODIES[name], sign(BODIES[name], digest=alg))
        case(f"hash-{alg}-newline", f"hash_{alg} body_trailing_newline", PLAIN, sign(PLAIN + b"\n", digest=alg))
        case(f"hash-{alg}-differs", f"hash_{alg} body_differs", PLAIN, sign(b"other", digest=alg))
    case("hash-sha1-php-default", "hash_sha1", RICH, php("openssl_sign($raw,$s,file_get_contents('own.pem'));echo $s;", RICH), by="php")
    case("hash-node-sha512", "hash_sha512", RICH, node("out(crypto.createSign('RSA-SHA512').update(raw).sign(fs.readFileSync('own.pem')))", RICH), by="node")
    for alg in ["sha3-256", "sha3-512"]:
        case("hash-" + alg, "hash_sha3", RICH, sign(RICH, digest=alg))
    case("hash-sha512-256", "hash_other", RICH, sign(RICH, digest="sha512-256"))
    case("hash-sha1-compact", "hash_sha1 body_reformatted", SPACED, sign(json.dumps(json.loads(SPACED), separators=(",", ":")).encode(), digest="sha1"))
    # No DigestInfo, and no padding.
    open(f"{DIR}/d", "wb").write(digest)
    case("raw-digest-pkeyutl", "scheme_raw_digest", RICH, sh("openssl pkeyutl -sign -inkey own.pem -in d"))
    case("raw-digest-rsautl", "scheme_raw_digest", RICH, sh("openssl rsautl -sign -inkey own.pem -in d 2>/dev/null"))
    case("ok-pkeyutl", "ok", RICH, sh("openssl pkeyutl -sign -inkey own.pem -in d -pkeyopt digest:sha256"))
    case("raw-digest-node", "scheme_raw_digest", RICH, node("out(crypto.privateEncrypt(fs.readFileSync('own.pem'),crypto.createHash('sha256').update(raw).digest()))", RICH), by="node")
    case("raw-digest-php", "scheme_raw_digest", RICH, php("openssl_private_encrypt(hash('sha256',$raw,true),$s,file_get_contents('own.pem'));echo $s;", RICH), by="php")
    case("raw-digest-php-hex", "scheme_raw_digest digest_hex_signed", RICH, php("openssl_private_encrypt(hash('sha256',$raw),$s,file_get_contents('own.pem'));echo $s;", RICH), by="php")
    case("raw-digest-php-hex-newline", "scheme_raw_digest digest_hex_signed body_trailing_newline", RICH, php("openssl_private_encrypt(hash('sha256',$raw.\"\\n\"),$s,file_get_contents('own.pem'));echo $s;", RICH), by="php")
    case("raw-digest-base64", "scheme_raw_digest digest_base64_signed", RICH, php("openssl_private_encrypt(base64_encode(hash('sha256',$raw,true)),$s,file_get_contents('own.pem'));echo $s;", RICH), by="php")
    case("raw-digest-line", "scheme_raw_digest digest_line_signed", RICH, sh("openssl dgst -sha256 | openssl pkeyutl -sign -inkey own.pem", RICH)) if False else None
    case("raw-digest-md5-hex", "scheme_raw_digest hash_md5 digest_hex_signed", RICH, php("openssl_private_encrypt(md5($raw),$s,file_get_contents('own.pem'));echo $s;", RICH), by="php")
    case("raw-digest-sha1", "scheme_raw_digest hash_sha1", RICH, php("openssl_private_encrypt(sha1($raw,true),$s,file_get_contents('own.pem'));echo $s;", RICH), by="php")
    case("raw-digest-newline", "scheme_raw_digest body_trailing_newline", RICH, node("out(crypto.privateEncrypt(fs.readFileSync('own.pem'),crypto.createHash('sha256').update(text+'\\n').digest()))", RICH), by="node")
    case("raw-digest-unpadded", "scheme_raw_digest", RICH, power(bytes(224) + digest), by="openssl rsautl -raw")
    case("raw-digest-unpadded-right", "scheme_raw_digest", RICH, power(bytes(1) + digest + bytes(223)), by="openssl rsautl -raw") if False else None
    case("raw-digest-differs", "scheme_raw_digest body_differs", RICH, php("openssl_private_encrypt(hash('sha256','other',true),$s,file_get_contents('own.pem'));echo $s;"), by="php")
    case("raw-body-php", "scheme_raw_body", PLAIN, php("openssl_private_encrypt($raw,$s,file_get_contents('own.pem'));echo $s;", PLAIN), by="php")
    case("raw-body-node", "scheme_raw_body", RICH, node("out(crypto.privateEncrypt(fs.readFileSync('own.pem'),raw))", RICH), by="node")
    case("raw-body-pkeyutl", "scheme_raw_body", SPACED, sh("openssl pkeyutl -sign -inkey own.pem -in /dev/stdin 2>/dev/null || true; cat > b; openssl rsautl -sign -inkey own.pem -in b 2>/dev/null", SPACED) or b"") if False else None
    open(f"{DIR}/b", "wb").write(SPACED)
    case("raw-body-rsautl", "scheme_raw_body", SPACED, sh("openssl rsautl -sign -inkey own.pem -in b 2>/dev/null"))
    case("raw-body-newline", "scheme_raw_body body_trailing_newline", PLAIN, php("openssl_private_encrypt($raw.\"\\n\",$s,file_get_contents('own.pem'));echo $s;", PLAIN), by="php")
    case("raw-body-compact", "scheme_raw_body body_reformatted", SPACED, php("openssl_private_encrypt(json_encode(json_decode($raw)),$s,file_get_contents('own.pem'));echo $s;", SPACED), by="php")
    case("raw-body-other", "scheme_raw_body body_differs", PLAIN, php("openssl_private_encrypt('{\"other\":true,\"text\":1}',$s,file_get_contents('own.pem'));echo $s;"), by="php")
    case("raw-body-short", "scheme_raw_body", b"{}", php("openssl_private_encrypt('{}',$s,file_get_contents('own.pem'));echo $s;"), by="php")
    long = json.dumps({"items": list(range(200))}).encode()
    case("raw-body-chunks", "scheme_raw_body", long, php("$o='';foreach(str_split($raw,245) as $c){openssl_private_encrypt($c,$s,file_get_contents('own.pem'));$o.=$s;}echo $o;", long), by="php")
    prefix = bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20"
    info = prefix + digest
    em = lambda t, pad=b"\xff": b"\0\1" + pad * (253 - len(t)) + b"\0" + t
    case("no-null", "scheme_no_null", RICH, power(em(info)), by="bouncy castle")
    case("no-null-newline", "scheme_no_null body_trailing_newline", RICH, power(em(prefix + hashlib.sha256(RICH + b"\n").digest())), by="bouncy castle")
    enc = lambda t: b"\0\2" + b"\x5a" * (253 - len(t)) + b"\0" + t
    case("encrypted-digest", "scheme_encrypted", RICH, power(enc(digest)), by="type 2 padding")
    case("encrypted-digestinfo", "scheme_encrypted", RICH, power(enc(bytes.fromhex("3031300d060960864801650304020105000420") + digest)), by="type 2 padding")
    case("encrypted-body", "scheme_encrypted", PLAIN, power(enc(PLAIN)), by="type 2 padding")
    case("encrypted-hex", "scheme_encrypted digest_hex_signed", RICH, power(enc(digest.hex().encode())), by="type 2 padding")
    case("x931", "scheme_x931", RICH, sh("openssl pkeyutl -sign -inkey own.pem -in d -pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:x931"))


def digest_forms():
    for name, body in [("rich", RICH), ("plain", PLAIN)]:
        d = hashlib.sha256(body).digest()
        c = lambda n, want, data, by="openssl": case(f"form-{n}-{name}", want, body, sign(data), by=by)
        c("hex", "digest_hex_signed", php("echo hash('sha256',$raw);", body), "php")
        c("hex-node", "digest_hex_signed", node("out(crypto.createHash('sha256').update(raw).digest('hex').toUpperCase())", body), "node")
        c("hex-newline", "digest_hex_signed", sh("sha256sum | cut -d' ' -f1", body), "sha256sum")
        c("hex-of-newline-body", "digest_hex_signed body_trailing_newline", sh("(cat; echo) | sha256sum | cut -d' ' -f1 | tr -d '\\n'", body), "sha256sum")
        c("hex-md5", "digest_hex_signed hash_md5", php("echo md5($raw);", body), "php")
        c("hex-sha1", "digest_hex_signed hash_sha1", php("echo sha1($raw);", body), "php")
        c("hex-sha512", "digest_hex_signed hash_sha512", php("echo hash('sha512',$raw);", body), "php")
        c("base64", "digest_base64_signed", base64.b64encode(d), "python")
        c("base64-newline", "digest_base64_signed", sh("openssl dgst -sha256 -binary | base64", body))
        c("base64-url", "digest_base64_signed", base64.urlsafe_b64encode(d), "python")
        c("base64-of-hex", "digest_base64_signed", base64.b64encode(d.hex().encode()), "php")
        c("line-stdin", "digest_line_signed", sh("openssl dgst -sha256", body))
        c("line-stdin-chomp", "digest_line_signed", sh("openssl dgst -sha256", body).rstrip(b"\n"))
        c("line-old", "digest_line_signed", b"(stdin)= " + d.hex().encode() + b"\n")
        c("line-old-label", "digest_line_signed", b"SHA256(stdin)= " + d.hex().encode() + b"\n")
        open(f"{DIR}/body.json", "wb").write(body)
        c("line-file", "digest_line_signed", sh("openssl dgst -sha256 body.json"))
        c("line-sum", "digest_line_signed", sh("sha256sum", body), "sha256sum")
        c("line-sum-file", "digest_line_signed", sh("sha256sum body.json"), "sha256sum")
        c("line-sum-tag", "digest_line_signed", sh("sha256sum --tag body.json"), "sha256sum")
        c("line-r", "digest_line_signed", sh("openssl dgst -sha256 -r body.json"))
        c("line-of-newline", "digest_line_signed body_trailing_newline", sh("(cat; echo) | openssl dgst -sha256", body))
        c("double", "double_hash", node("out(crypto.createHash('sha256').update(raw).digest())", body), "node")
        c("double-php", "double_hash", php("echo hash('sha256',$raw,true);", body), "php")
        c("double-newline", "double_hash body_trailing_newline", hashlib.sha256(body + b"\n").digest(), "python")
        c("double-digestinfo", "double_hash", bytes.fromhex("3031300d060960864801650304020105000420") + d, "java")
        c("triple", "double_hash", hashlib.sha256(d).digest(), "python")
        c("double-sha1-inner", "double_hash hash_sha1", hashlib.sha1(body).digest(), "python")
        case(f"form-sha1-hex-{name}", "hash_sha1 digest_hex_signed", body, sign(hashlib.sha1(body).hexdigest().encode(), digest="sha1"))
    case("form-compact-hex", "digest_hex_signed body_reformatted", SPACED, sign(hashlib.sha256(json.dumps(json.loads(SPACED), separators=(",", ":")).encode()).hexdigest().encode()), by="python")


def ends():
    for name in ["rich", "plain", "rus", "spaced", "html"]:
        body = BODIES[name]
        open(f"{DIR}/b", "wb").write(body)
        signed(f"echo-{name}", "body_trailing_newline", body, sh('echo "$(cat b)"'), by="echo")
        signed(f"echo-windows-{name}", "body_trailing_newline", body, body + b"\r\n", by="powershell")
        signed(f"println-{name}", "body_trailing_newline", body, php("echo $raw.PHP_EOL;", body), by="php")
        signed(f"print-python-{name}", "body_trailing_newline", body, run("python3", "-c", "import sys;print(sys.stdin.read())", stdin=body), by="python")
        signed(f"console-log-{name}", "body_trailing_newline", body, node("console.log(text)", body), by="node")
        signed(f"two-newlines-{name}", "body_trailing_newline", body, body + b"\n\n", by="shell")
        signed(f"nul-{name}", "body_trailing_byte", body, body + b"\0", by="c")
        signed(f"trailing-byte-{name}", "body_trailing_byte", body, body + b"\x1a", by="dos")
        signed(f"trailing-brace-{name}", "body_trailing_byte", body, body + b";", by="shell")
        signed(f"last-byte-lost-{name}", "body_trailing_byte", body, php("echo substr($raw,0,-1);", body), by="php")
        signed(f"trailing-space-{name}", "body_whitespace", body, body + b" ", by="shell")
        signed(f"leading-space-{name}", "body_whitespace", body, b" " + body, by="shell")
        signed(f"heredoc-lead-{name}", "body_whitespace", body, b"\n" + body, by="shell")
        signed(f"bom-{name}", "body_bom", body, body.decode().encode("utf-8-sig"), by="python")
        signed(f"bom-newline-{name}", "body_bom body_trailing_newline", body, body.decode().encode("utf-8-sig") + b"\r\n", by="notepad")
        signed(f"sent-with-newline-{name}", "body_trailing_newline", body + b"\n", sh('printf "%s" "$(cat b)"'), by="shell")
        signed(f"sent-with-bom-{name}", "body_bom", b"\xef\xbb\xbf" + body, body, by="powershell")
        signed(f"sent-with-spaces-{name}", "body_whitespace", b"  " + body + b"  ", php("echo trim($raw);", b"  " + body + b"  "), by="php")
    for name, body in [("pretty", PRETTY), ("pretty4", PRETTY4), ("lines", LINES)]:
        signed(f"crlf-{name}", "body_crlf", body, sh("sed 's/$/\\r/'", body), by="sed")
        signed(f"sent-crlf-{name}", "body_crlf", body.replace(b"\n", b"\r\n"), sh("tr -d '\\r'", body.replace(b"\n", b"\r\n")), by="tr")
        signed(f"chomp-{name}", "body_trailing_newline", body, sh('printf "%s" "$(cat)"', body), by="shell")
        # curl -d @file deletes the line ends on the way; the file was signed.
        sent = body.replace(b"\r", b"").replace(b"\n", b"")
        if name != "lines":
            signed(f"curl-d-{name}", "body_newlines_removed", sent, body, by="curl")
            signed(f"curl-d-no-last-{name}", "body_newlines_removed", sent, body.rstrip(b"\n"), by="curl")
            signed(f"curl-d-crlf-{name}", "body_newlines_removed", sent, body.replace(b"\n", b"\r\n"), by="curl")
        signed(f"tr-{name}", "body_newlines_removed", body, sh("tr -d '\\n'", body), by="tr")
        signed(f"crlf-bom-{name}", "body_crlf body_bom", body, b"\xef\xbb\xbf" + body.replace(b"\n", b"\r\n"), by="notepad")
    for style, text in [("tab", json.dumps(json.loads(PLAIN), indent="\t")), ("php", php("echo json_encode(json_decode($raw),JSON_PRETTY_PRINT);", PLAIN).decode()),
                        ("jq", sh("jq .", PLAIN).decode()), ("node", node("out(JSON.stringify(JSON.parse(text),null,2))", SPACED).decode()),
                        ("odd", '{\n   "a": [\n      1,\n      2\n   ], "b": {"c": 1},\n   "d": "x"\n}\n')]:
        data = text.encode()
        signed(f"curl-d-style-{style}", "body_newlines_removed", data.replace(b"\n", b""), data, by="curl")


def serializers():
    R = {
        "python": lambda b: run("python3", "-c", "import json,sys;sys.stdout.write(json.dumps(json.loads(sys.stdin.buffer.read())))", stdin=b),
        "python-utf8": lambda b: run("python3", "-c", "import json,sys;sys.stdout.buffer.write(json.dumps(json.loads(sys.stdin.buffer.read()),ensure_ascii=False).encode())", stdin=b),
        "python-compact": lambda b: run("python3", "-c", "import json,sys;sys.stdout.write(json.dumps(json.loads(sys.stdin.buffer.read()),separators=(',',':')))", stdin=b),
        "python-compact-utf8": lambda b: run("python3", "-c", "import json,sys;sys.stdout.buffer.write(json.dumps(json.loads(sys.stdin.buffer.read()),separators=(',',':'),ensure_ascii=False).encode())", stdin=b),
        "python-indent2": lambda b: run("python3", "-c", "import json,sys;sys.stdout.buffer.write(json.dumps(json.loads(sys.stdin.buffer.read()),indent=2,ensure_ascii=False).encode())", stdin=b),
        "python-indent4": lambda b: run("python3", "-c", "import json,sys;sys.stdout.write(json.dumps(json.loads(sys.stdin.buffer.read()),indent=4))", stdin=b),
        "python-sorted": lambda b: run("python3", "-c", "import json,sys;sys.stdout.write(json.dumps(json.loads(sys.stdin.buffer.read()),sort_keys=True))", stdin=b),
        "python-sorted-compact": lambda b: run("python3", "-c", "import json,sys;sys.stdout.buffer.write(json.dumps(json.loads(sys.stdin.buffer.read()),sort_keys=True,separators=(',',':'),ensure_ascii=False).encode())", stdin=b),
        "python-tool": lambda b: run("python3", "-m", "json.tool", stdin=b),
        "node": lambda b: node("out(JSON.stringify(JSON.parse(text)))", b),
        "node-2": lambda b: node("out(JSON.stringify(JSON.parse(text),null,2))", b),
        "node-4": lambda b: node("out(JSON.stringify(JSON.parse(text),null,4))", b),
        "node-tab": lambda b: node("out(JSON.stringify(JSON.parse(text),null,'\\t'))", b),
        "php": lambda b: php("echo json_encode(json_decode($raw));", b),
        "php-assoc": lambda b: php("echo json_encode(json_decode($raw,true));", b),
        "php-slashes": lambda b: php("echo json_encode(json_decode($raw),JSON_UNESCAPED_SLASHES);", b),
        "php-unicode": lambda b: php("echo json_encode(json_decode($raw),JSON_UNESCAPED_UNICODE);", b),
        "php-both": lambda b: php("echo json_encode(json_decode($raw),JSON_UNESCAPED_UNICODE|JSON_UNESCAPED_SLASHES);", b),
        "php-pretty": lambda b: php("echo json_encode(json_decode($raw),JSON_PRETTY_PRINT);", b),
        "php-pretty-both": lambda b: php("echo json_encode(json_decode($raw),JSON_PRETTY_PRINT|JSON_UNESCAPED_UNICODE|JSON_UNESCAPED_SLASHES);", b),
        "php-hex": lambda b: php("echo json_encode(json_decode($raw),JSON_HEX_TAG|JSON_HEX_AMP|JSON_HEX_APOS|JSON_HEX_QUOT);", b),
        "php-zero": lambda b: php("echo json_encode(json_decode($raw),JSON_PRESERVE_ZERO_FRACTION|JSON_UNESCAPED_SLASHES|JSON_UNESCAPED_UNICODE);", b),
        "jq": lambda b: sh("jq .", b), "jq-c": lambda b: sh("jq -c .", b), "jq-j": lambda b: sh("jq -cj .", b), "jq-S": lambda b: sh("jq -cS .", b), "jq-tab": lambda b: sh("jq --tab .", b),
        "jq-a": lambda b: sh("jq -ca .", b),
        "perl": lambda b: run("perl", "-MJSON::PP", "-e", "local $/;print JSON::PP->new->canonical->encode(JSON::PP->new->decode(<STDIN>))", stdin=b),
        "perl-pretty": lambda b: run("perl", "-MJSON::PP", "-e", "local $/;print JSON::PP->new->canonical->pretty->encode(JSON::PP->new->decode(<STDIN>))", stdin=b),
        "go": lambda b: run(f"{DIR}/gojson", stdin=b), "go-indent": lambda b: run(f"{DIR}/gojson", "indent", stdin=b), "go-noescape": lambda b: run(f"{DIR}/gojson", "noescape", stdin=b),
        "replacer": lambda b: node("const o=JSON.parse(text);out(JSON.stringify(o,Object.keys(o).sort()))", b),
    }
    go = 'package main\nimport ("bytes";"encoding/json";"io";"os")\nfunc main(){b,_:=io.ReadAll(os.Stdin);var v any;json.Unmarshal(b,&v);mode:="";if len(os.Args)>1{mode=os.Args[1]};switch mode{case "indent":o,_:=json.MarshalIndent(v,"","  ");os.Stdout.Write(o);case "noescape":var w bytes.Buffer;e:=json.NewEncoder(&w);e.SetEscapeHTML(false);e.Encode(v);os.Stdout.Write(w.Bytes());default:o,_:=json.Marshal(v);os.Stdout.Write(o)}}\n'
    open(f"{DIR}/gojson.go", "w").write(go)
    sh("go build -o gojson gojson.go")
    want = expectations()
    for program, f in R.items():
        for name in ["rich", "plain", "rus", "emoji", "spaced", "html", "nums", "sortme", "pretty"]:
            body = BODIES[name]
            data = f(body)
            if data == body:
                continue
            codes = want(program, name, body, data)
            signed(f"ser-{program}-{name}", codes, body, data, by=program)
            if data.rstrip(b"\n") == data and data + b"\n" != body and program in ("python", "node-2", "php", "python-sorted"):
                signed(f"ser-{program}-{name}-newline", codes + (" body_trailing_newline" if not body.endswith(b"\n") else ""), body, data + b"\n", by=program)
    for name, body, sent in [("slash", b'{"url":"https:\\/\\/shop.example\\/cb","n":1}', b'{"url":"https://shop.example/cb","n":1}')]:
        signed("php-sdk-slash-sent", "body_slash_escape", body, sent, by="php")
        signed("php-sdk-slash-signed", "body_slash_escape", sent, body, by="php")
    esc = json.dumps(json.loads(RUS), separators=(",", ":")).encode()
    signed("escape-sent", "body_unicode_escape", esc, RUS, by="python")
    signed("escape-upper", "body_unicode_escape", RUS, esc.replace(b"\\u0", b"\\u0").replace(b"a", b"a"), by="python")
    up = bytearray(esc)
    upper = esc.decode()
    import re
    upper = re.sub(r"\\u[0-9a-f]{4}", lambda m: "\\u" + m.group(0)[2:].upper(), upper).encode()
    signed("escape-upper-sent-lower", "body_unicode_escape", esc, upper, by=".net")
    signed("escape-upper-raw", "body_unicode_escape", RUS, upper, by=".net")


def expectations():
    """The causes of a re-serialisation, read off by comparing texts: spacing, order, escapes, numbers."""
    import re

    def tokens(b):
        return re.findall(r'"(?:[^"\\]|\\.)*"|[^\s",:\[\]{}]+|[,:\[\]{}]', b.decode("utf-8", "surrogateescape"))

    def spaces(b):
        return re.sub(r'"(?:[^"\\]|\\.)*"|[^\s",:\[\]{}]+', "x", b.decode("utf-8", "surrogateescape")).strip("\n")

    def want(program, name, body, data):
        a, b = tokens(body), tokens(data)
        out = []
        plain = lambda t: [json.loads(x) if x[0] == '"' else "#" for x in t]
        ordered = plain(a) == plain(b)
        if program == "replacer":
            codes = ["body_key_order"]
            codes += ["body_reformatted"] if name in ("spaced", "pretty") else []
            codes += ["body_number_format"] if name in ("rich", "nums") else []
            return " ".join(codes)
        if not ordered:
            out.append("body_key_order")
        gaps = lambda b: set(re.findall(rb"\s+", re.sub(rb'"(?:[^"\\]|\\.)*"', b"x", b.rstrip(b"\n"))))
        if ordered and spaces(body) != spaces(data) or not ordered and gaps(body) != gaps(data):
            same = re.sub(rb"[\r\n]", b"", body) == re.sub(rb"[\r\n]", b"", data)
            out.append("body_newlines_removed" if same else "body_reformatted")
        sa, sb = sorted(x for x in a if x[0] == '"'), sorted(x for x in b if x[0] == '"')
        ta, tb = "".join(sa), "".join(sb)
        if ("\\/" in ta) != ("\\/" in tb):
            out.append("body_slash_escape")
        if ta.isascii() != tb.isascii():
            out.append("body_unicode_escape")
        if re.search(r"\\u00(3[cCeE]|2[67])", tb):
            out.append("body_html_escape")
        if sorted(x for x in a if x[0] in "-0123456789") != sorted(x for x in b if x[0] in "-0123456789"):
            out.append("body_number_format")
        if data.endswith(b"\n") and not body.endswith(b"\n"):
            out.append("body_trailing_newline")
        if body.endswith(b"\n") and not data.endswith(b"\n") and not {"body_reformatted", "body_newlines_removed"} & set(out):
            out.append("body_trailing_newline")
        return " ".join(out)
    return want


def contents():
    signed("v1-v2", "body_field_version", V1, V1.replace(b"payment_method", b"payout_details"), by="editor")
    signed("v2-v1", "body_field_version", PLAIN, PLAIN.replace(b"payout_details", b"payment_method"), by="editor")
    three = b'{"payments":[{"payment_method":{"type":"card"}}],"acquiring_payments":[]}'
    signed("v1-v2-all", "body_field_version", three, three.replace(b"acquiring_payments", b"payment_list").replace(b"payments", b"payout_list").replace(b"payment_method", b"payout_details"), by="editor")
    signed("v1-v2-python", "body_field_version body_reformatted", V1, json.dumps(json.loads(V1.replace(b"payment_method", b"payout_details"))).encode(), by="python")
    nulls = b'{"a":1,"b":null,"c":{"d":null,"e":"x"},"f":"","g":[],"h":[null,1]}'
    signed("null-dropped", "body_null_dropped", nulls, b'{"a":1,"c":{"e":"x"},"f":"","g":[],"h":[null,1]}', by="jackson NON_NULL")
    signed("null-dropped-node", "body_null_dropped", nulls, node("out(JSON.stringify(JSON.parse(text),(k,v)=>v===null&&k!=='0'?undefined:v))", nulls), by="node")
    signed("null-dropped-top", "body_null_dropped", nulls, php("echo json_encode(array_filter(json_decode($raw,true),fn($v)=>!is_null($v)),JSON_UNESCAPED_SLASHES);", nulls), by="php")
    signed("null-array-filter", "body_null_dropped", nulls, php("echo json_encode(array_filter(json_decode($raw,true)));", nulls), by="php")
    signed("null-dropped-python", "body_null_dropped body_reformatted", b'{"a":1,"b":null}', b'{"a": 1}', by="python")
    signed("null-jq", "body_null_dropped", SORTME, sh("jq -cj 'del(..|nulls)'", SORTME), by="jq")
    signed("empty-dropped", "body_null_dropped", nulls, b'{"a":1,"c":{"e":"x"},"h":[null,1]}', by="jackson NON_EMPTY")
    for name, data in [("nothing", b""), ("braces", b"{}"), ("list", b"[]"), ("null", b"null"), ("quotes", b'""')]:
        signed("empty-" + name, "body_empty", PLAIN, data, by="shell")
    signed("empty-for-braces", "body_empty", b"{}", b"", by="php")
    signed("list-for-braces", "body_empty", b"{}", b"[]", by="php sdk")
    signed("newline-for-nothing", "body_trailing_newline", b"", b"\n", by="echo")
    signed("object-object", "body_constant_signed", PLAIN, node("out(String(JSON.parse(text)))", PLAIN), by="node")
    signed("php-array", "body_constant_signed", PLAIN, b"Array", by="php")
    signed("file-name", "body_constant_signed", PLAIN, b"body.json", by="php")
    signed("doc-example", "body_constant_signed", PLAIN, b"test\n", by="echo")
    signed("assoc-empty", "body_empty_container", b'{"a":{},"b":1}', php("echo json_encode(json_decode($raw,true));", b'{"a":{},"b":1}'), by="php")
    dup = b'{"a":1,"b":2,"a":3}'
    signed("dup-python", "body_duplicate_keys", dup, json.dumps(json.loads(dup), separators=(",", ":")).encode(), by="python")
    signed("dup-node", "body_duplicate_keys", dup, node("out(JSON.stringify(JSON.parse(text)))", dup), by="node")
    for name, a, b in [("int-float", b'{"amount":150,"c":"eur"}', b'{"amount":150.0,"c":"eur"}'), ("int-fixed", b'{"amount":150,"c":"eur"}', b'{"amount":150.00,"c":"eur"}'),
                       ("fixed-float", b'{"amount":150.00,"c":"eur"}', b'{"amount":150.0,"c":"eur"}'), ("fixed-int", b'{"amount":150.00,"c":"eur"}', b'{"amount":150,"c":"eur"}'),
                       ("half-fixed", b'{"amount":1.5,"c":"eur","n":2}', b'{"amount":1.50,"c":"eur","n":2}'), ("string", b'{"amount":15000,"n":1}', b'{"amount":"15000","n":1}'),
                       ("unstring", b'{"amount":"150.00","n":"x"}', b'{"amount":150.00,"n":"x"}'), ("unstring-float", b'{"amount":"150.00","n":"x"}', b'{"amount":150.0,"n":"x"}'),
                       ("bool-int", b'{"ok":true,"n":5}', b'{"ok":1,"n":5}'), ("int-bool", b'{"ok":1,"n":5}', b'{"ok":true,"n":5}'), ("exp", b'{"amount":1e2}', b'{"amount":100}'),
                       ("one-of-two", b'{"a":1.0,"b":1.0}', b'{"a":1,"b":1.0}')]:
        signed("number-" + name, "body_number_format", a, b, by="editor")
        signed(f"number-{name}-python", "body_reformatted body_number_format", a, b.replace(b",", b", ").replace(b":", b": "), by="editor")
    signed("value-null-blank", "body_type_changed", b'{"a":null,"b":1}', b'{"a":"","b":1}', by="php")
    signed("order-swap", "body_key_order", b'{"type":"card","amount":5,"currency":"eur"}', b'{"amount":5,"currency":"eur","type":"card"}', by="editor")
    signed("order-nested-swap", "body_key_order", b'{"x":{"type":"card","amount":5,"currency":"eur"},"y":1}', b'{"x":{"amount":5,"type":"card","currency":"eur"},"y":1}', by="editor")
    signed("order-ksort", "body_key_order", SORTME, php("$a=json_decode($raw,true);ksort($a);echo json_encode($a);", SORTME), by="php")
    signed("order-reversed", "body_key_order", b'{"a":1,"b":2,"c":3}', php("echo json_encode(array_reverse(json_decode($raw,true)));", b'{"a":1,"b":2,"c":3}'), by="php")
    signed("order-node", "body_key_order", SORTME, node("const s=v=>Array.isArray(v)?v.map(s):v&&typeof v==='object'?Object.fromEntries(Object.entries(v).sort(([a],[b])=>a<b?-1:1).map(([k,x])=>[k,s(x)])):v;out(JSON.stringify(s(JSON.parse(text))))", SORTME), by="node")
    added = b'{"amount":5,"currency":"eur","sign":"abc"}'
    signed("field-added", "body_field_added", added, b'{"amount":5,"currency":"eur"}', by="node")
    signed("part", "body_part_signed", PLAIN, b'{"amount":15000,"currency":"eur"}', by="php")
    signed("part-string", "body_part_signed", PLAIN, b'order-9001', by="php")
    signed("html-go-struct", "body_html_escape", HTML, HTML.replace(b"<", b"\\u003c").replace(b">", b"\\u003e").replace(b"&", b"\\u0026"), by="go")
    signed("html-sent", "body_html_escape", HTML.replace(b"<", b"\\u003c").replace(b">", b"\\u003e").replace(b"&", b"\\u0026"), HTML, by="go")
    signed("html-net", "body_html_escape", HTML, HTML.replace(b"<", b"\\u003C").replace(b">", b"\\u003E").replace(b"&", b"\\u0026").replace(b"'", b"\\u0027"), by=".net")
    signed("html-gson", "body_html_escape", HTML, HTML.replace(b"<", b"\\u003c").replace(b">", b"\\u003e").replace(b"&", b"\\u0026").replace(b"'", b"\\u0027").replace(b"=", b"\\u003d"), by="gson")
    signed("net-unicode", "body_unicode_escape", EMOJI, EMOJI.decode().replace("\U0001f600", "\\uD83D\\uDE00").encode(), by=".net")
    signed("jackson-pretty", "body_reformatted", b'{"a":1,"b":[1,2],"c":{},"d":{"e":"f"}}', b'{\n  "a" : 1,\n  "b" : [ 1, 2 ],\n  "c" : { },\n  "d" : {\n    "e" : "f"\n  }\n}', by="jackson")
    signed("postgres-jsonb", "body_key_order body_reformatted", b'{"currency":"eur","amount":5,"id":"x"}', b'{"id": "x", "amount": 5, "currency": "eur"}', by="postgresql")
    signed("repr-python", "body_repr_signed", RICH, run("python3", "-c", "import json,sys;sys.stdout.buffer.write(str(json.loads(sys.stdin.buffer.read())).encode())", stdin=RICH), by="python")
    signed("repr-php", "body_repr_signed", PLAIN, php("echo serialize(json_decode($raw,true));", PLAIN), by="php")
    signed("repr-query", "body_urlencoded_signed", PLAIN, php("echo http_build_query(json_decode($raw,true));", PLAIN), by="php")
    signed("repr-values", "body_repr_signed", b'{"a":"x","b":5,"c":"eur"}', b"x5eur", by="gateway habit")


def encodings():
    for name in ["rich", "plain", "rus"]:
        body = BODIES[name]
        text = body.decode()
        c = lambda n, want, data, by="python": signed(f"enc-{n}-{name}", want, body, data, by=by)
        c("utf16le", "body_charset", node("out(Buffer.from(text,'utf16le'))", body), "node")
        c("utf16le-bom", "body_charset", b"\xff\xfe" + text.encode("utf-16-le"), "powershell")
        c("utf16be", "body_charset", text.encode("utf-16-be"), "java")
        c("utf16-python", "body_charset", text.encode("utf-16"))
        c("utf16-newline", "body_charset body_trailing_newline", (text + "\r\n").encode("utf-16"), "powershell")
        c("utf16-python-dumps", "body_charset body_reformatted", json.dumps(json.loads(body), ensure_ascii=False).encode("utf-16-le"), "python")
        c("base64", "body_base64_signed", base64.b64encode(body))
        c("base64-node", "body_base64_signed", node("out(raw.toString('base64url'))", body), "node")
        c("base64-shell", "body_base64_signed", sh("base64", body), "base64")
        c("base64-w0-newline", "body_base64_signed", sh("echo $(base64 -w0)", body), "base64")
        c("hexed", "body_hex_signed", php("echo bin2hex($raw);", body), "php")
        c("hexed-xxd", "body_hex_signed", sh("xxd -p", body), "xxd")
        c("urlencode-php", "body_urlencoded_signed", php("echo urlencode($raw);", body), "php")
        c("rawurlencode-php", "body_urlencoded_signed", php("echo rawurlencode($raw);", body), "php")
        c("encodeuri", "body_urlencoded_signed", node("out(encodeURIComponent(text))", body), "node")
        c("encodeuri-full", "body_urlencoded_signed", node("out(encodeURI(text))", body), "node")
        c("quote", "body_urlencoded_signed", urllib.parse.quote(text).encode())
        c("quote-plus", "body_urlencoded_signed", urllib.parse.quote_plus(text).encode())
        c("form-key", "body_urlencoded_signed", node("out(new URLSearchParams({[text]:''}).toString())", body), "node")
        c("form-data", "body_urlencoded_signed", urllib.parse.urlencode({"data": text}).encode())
        c("double", "body_double_encoded", node("out(JSON.stringify(text))", body), "node")
        c("double-python", "body_double_encoded", json.dumps(text).encode())
        c("double-php", "body_double_encoded", php("echo json_encode($raw);", body), "php")
        c("double-php-flags", "body_double_encoded", php("echo json_encode($raw,JSON_UNESCAPED_SLASHES|JSON_UNESCAPED_UNICODE);", body), "php")
        c("double-double", "body_double_encoded", json.dumps(json.dumps(text, ensure_ascii=False), ensure_ascii=False).encode())
        c("single-quotes", "body_double_encoded", b"'" + body + b"'", "shell")
        c("shell-quotes-lost", "body_double_encoded", sh("eval echo -n $(cat) 2>/dev/null || true", b'') or body.replace(b'"', b""), "shell")
        for n, z in [("gzip", gzip.compress(body, mtime=0)), ("zlib", zlib.compress(body)), ("gzip-node", node("out(zlib.gzipSync(raw))", body)), ("deflate-php", php("echo gzdeflate($raw);", body)), ("gzip-sh", sh("gzip -nc", body))]:
            signed(f"enc-sent-{n}-{name}", "body_gzip", z, body, by=n)
        signed(f"enc-sent-base64-{name}", "body_base64_signed", base64.b64encode(body), body, by="lambda")
        signed(f"enc-sent-double-{name}", "body_double_encoded", json.dumps(text).encode(), body, by="python")
        signed(f"enc-sent-form-{name}", "body_urlencoded_signed", urllib.parse.urlencode({"data": text}).encode(), body, by="python")
        signed(f"enc-sent-utf16-{name}", "body_charset", text.encode("utf-16"), body, by="powershell")
        c("base64-gzip", "body_gzip", gzip.compress(body, mtime=0))
        c("gzip-node-signed", "body_gzip", node("out(zlib.gzipSync(raw))", body), "node")
        c("gzip-php-signed", "body_gzip", php("echo gzencode($raw);", body), "php")
        c("zlib-php-signed", "body_gzip", php("echo gzcompress($raw);", body), "php")
        c("deflate-node-signed", "body_gzip", node("out(zlib.deflateRawSync(raw))", body), "node")
        c("zlib-9-signed", "body_gzip", zlib.compress(body, 9))
        if body.isascii():
            continue
        c("mojibake", "body_charset", body.decode("latin-1").encode())
        c("mojibake-php", "body_charset", php("echo mb_convert_encoding($raw,'UTF-8','ISO-8859-1');", body) if b"mb" in sh("php -m | grep -i mbstring || true") else php("echo utf8_encode($raw);", body), "php")
        c("questions", "body_charset", text.encode("ascii", "replace"))
        c("ascii-node", "body_charset", node("out(Buffer.from(text,'latin1'))", body), "node")
        c("ignored", "body_charset", text.encode("ascii", "ignore"))
        c("nfd", "body_normalization", node("out(text.normalize('NFD'))", body), "node") if unicodedata.normalize("NFD", text) != text else None
        if unicodedata.normalize("NFD", text) != text:
            signed(f"enc-sent-nfd-{name}", "body_normalization", unicodedata.normalize("NFD", text).encode(), body, by="macos")
    signed("enc-latin1", "body_charset", RICH, RICH.decode().encode("latin-1"), by="python")
    signed("enc-latin1-sent", "body_charset", RICH.decode().encode("latin-1"), RICH, by="python")
    signed("enc-cp1251", "body_charset", RUS, RUS.decode().encode("cp1251"), by="python")
    signed("enc-cp1251-sent", "body_charset", RUS.decode().encode("cp1251"), RUS, by="python")
    signed("enc-cp1251-iconv", "body_charset", RUS, sh("iconv -f utf-8 -t cp1251", RUS), by="iconv")
    signed("enc-koi8", "body_charset", RUS, sh("iconv -f utf-8 -t koi8-r", RUS), by="iconv")
    signed("enc-cp866", "body_charset", RUS, RUS.decode().encode("cp866"), by="python")
    euro = '{"price":"10 €","note":"„quoted“"}'.encode()
    signed("enc-cp1252", "body_charset", euro, euro.decode().encode("cp1252"), by="python")
    signed("enc-nfkc", "body_normalization", '{"n":"ﬁ ½"}'.encode(), unicodedata.normalize("NFKC", '{"n":"ﬁ ½"}').encode(), by="python")


def extras():
    for name in ["rich", "plain"]:
        body = BODIES[name]
        c = lambda n, data: signed(f"extra-{n}-{name}", "body_extra_signed", body, data, by="shell")
        c("request-line", b"POST /api/v2/session/init/payout\n" + body)
        c("method-path-lines", b"POST\n/api/v2/session/init/payout\n" + body)
        c("path", b"/api/v1/session/create" + body)
        c("method", b"POST" + body)
        c("method-line", b"POST\n" + body)
        c("body-field", b"body=" + body)
        c("twice", body + body)
        c("content-type", b"Content-Type: application/json\r\n\r\n" + body)
        c("array", b"[" + body + b"]")
        c("data-object", b'{"data":' + body + b"}")
    signed("truncated-100", "body_truncated", RICH + RICH, (RICH + RICH)[:100], by="buffer")
    signed("truncated-odd", "body_truncated", RICH, RICH[:77], by="buffer")
    signed("truncated-chars", "body_truncated", RUS, RUS[:len(RUS.decode())], by="strlen of characters")
    for i in range(5):
        signed(f"differs-{i}", "body_differs", PLAIN, PLAIN.replace(b"15000", b"%d" % (15001 + i)), by="editor")
        signed(f"differs-rich-{i}", "body_differs", RICH, RICH.replace(b"Jos", b"Tom%d" % i), by="editor")


def deflate_streams():
    """Streams of zlib and of Node's zlib, which deflate.go must reproduce bit by bit."""
    import random
    random.seed(5)
    words = ["amount", "currency", "eur", "payout", "session", '"id":', "1500", "{", "}", ",", " ", "José", "order-9001", "ps_", "00"]
    texts = []
    for n in list(range(12)) + [20, 40, 80, 150, 300, 700, 1500, 4000]:
        t = ""
        while len(t) < n:
            t += random.choice(words)
        texts.append(t[:n].encode())
    texts += [bytes(random.randrange(256) for _ in range(n)) for n in (5, 50, 500)]
    texts += [b"a" * n for n in (1, 3, 4, 258, 259, 15000)] + [b"ab" * 300 + bytes(range(256)) + b"ab" * 300]
    out = []
    for t in texts:
        def z(level):
            c = zlib.compressobj(level, zlib.DEFLATED, -15)
            return base64.b64encode(c.compress(t) + c.flush()).decode()
        n = node("out(zlib.deflateRawSync(raw).toString('base64')+' '+zlib.deflateRawSync(raw,{level:9}).toString('base64'))", t).decode().split()
        out.append({"text": base64.b64encode(t).decode(), "zlib6": z(6), "zlib9": z(9), "node6": n[0], "node9": n[1]})
    with open("deflate.json", "w") as f:
        json.dump(out, f, indent=0)
        f.write("\n")


def pairs():
    """Two or three mistakes at once, and habits that need several changes."""
    body = '{"payment_method":{"type":"card","note":"Zoë/1"},"amount":100.0,"flag":true,"amounts":["1.50",null],"url":"https://x.example/a?b=c&d=<e>"}'.encode()
    dumps = lambda **k: json.dumps(json.loads(body), **k).encode()
    py = dumps()
    put = lambda n, want, data, digest="sha256", key="own", by="python": case("pair-" + n, want, body, sign(data, key, digest), by=by)
    put("dumps-sha1", "hash_sha1 body_reformatted body_unicode_escape", py, "sha1")
    put("dumps-newline-sha512", "hash_sha512 body_reformatted body_unicode_escape body_trailing_newline", py + b"\n", "sha512")
    put("dumps-demo-key", "key_other_known body_reformatted body_unicode_escape", py, key="demo")
    put("dumps-hex", "digest_hex_signed body_reformatted body_unicode_escape", hashlib.sha256(py).hexdigest().encode())
    put("dumps-base64", "body_base64_signed body_reformatted body_unicode_escape", base64.b64encode(py))
    put("dumps-double", "body_double_encoded body_reformatted body_unicode_escape", json.dumps(py.decode()).encode())
    put("dumps-utf16", "body_charset body_reformatted", dumps(ensure_ascii=False).encode() if False else json.dumps(json.loads(body), ensure_ascii=False).encode("utf-16"))
    put("dumps-indent-newline", "body_reformatted body_unicode_escape body_trailing_newline", dumps(indent=2) + b"\n")
    put("dumps-indent-crlf", "body_reformatted body_unicode_escape body_crlf", dumps(indent=4).replace(b"\n", b"\r\n"))
    put("dumps-sorted-indent", "body_key_order body_reformatted body_unicode_escape", dumps(indent=4, sort_keys=True))
    put("dumps-sorted-newline", "body_key_order body_reformatted body_unicode_escape body_trailing_newline", dumps(sort_keys=True) + b"\n")
    put("dumps-bom", "body_reformatted body_unicode_escape body_bom", b"\xef\xbb\xbf" + py)
    put("version-dumps", "body_field_version body_reformatted body_unicode_escape", py.replace(b"payment_method", b"payout_details"))
    php_body = php("echo json_encode(json_decode($raw));", body)
    put("php-newline", "body_slash_escape body_unicode_escape body_number_format body_trailing_newline", php_body + b"\n", by="php")
    put("php-version", "body_field_version body_slash_escape body_unicode_escape body_number_format", php_body.replace(b"payment_method", b"payout_details"), by="php")
    put("php-md5", "hash_md5 body_slash_escape body_unicode_escape body_number_format", php_body, "md5", by="php")
    put("php-pretty-eol", "body_reformatted body_slash_escape body_unicode_escape body_number_format body_trailing_newline", php("echo json_encode(json_decode($raw),JSON_PRETTY_PRINT).PHP_EOL;", body), by="php")
    put("php-numeric-check", "body_slash_escape body_unicode_escape body_number_format", php("echo json_encode(json_decode($raw),JSON_NUMERIC_CHECK);", body), by="php")
    put("php-ksort", "body_key_order body_slash_escape body_unicode_escape body_number_format", php("$a=json_decode($raw,true);ksort($a);echo json_encode($a);", body), by="php")
    put("php-urlencode", "body_urlencoded_signed body_slash_escape body_unicode_escape body_number_format", php("echo urlencode(json_encode(json_decode($raw)));", body), by="php")
    put("php-htmlspecialchars", "body_html_escape", php("echo htmlspecialchars($raw);", body), by="php")
    put("python-html-escape", "body_html_escape", run("python3", "-c", "import html,sys;sys.stdout.buffer.write(html.escape(sys.stdin.buffer.read().decode()).encode())", stdin=body))
    put("node-pretty-newline", "body_reformatted body_number_format body_trailing_newline", node("console.log(JSON.stringify(JSON.parse(text),null,2))", body), by="node")
    put("node-strings", "body_double_encoded body_number_format", node("out(JSON.stringify(JSON.stringify(JSON.parse(text))))", body), by="node")
    put("node-base64-twice", "body_base64_signed", node("out(Buffer.from(raw.toString('base64')).toString('base64'))", body), by="node")
    put("node-double-hash-newline", "double_hash body_trailing_newline", node("out(crypto.createHash('sha256').update(text+'\\n').digest())", body), by="node")
    put("jq", "body_reformatted body_number_format body_trailing_newline", sh("jq .", body), by="jq")
    put("jq-S", "body_key_order body_reformatted body_number_format body_trailing_newline", sh("jq -S .", body), by="jq")
    put("sum-of-jq", "digest_line_signed body_number_format body_trailing_newline", sh("jq -c . | sha256sum", body), by="jq")
    put("collapsed", "body_double_encoded", body.replace(b'"', b'\\"'), by="shell")
    gz = gzip.compress(body, mtime=0)
    case("pair-sent-base64-gzip", "body_gzip body_base64_signed", base64.b64encode(gz), sign(body), by="lambda")
    signed("pair-html-sent", "body_html_escape", php("echo htmlspecialchars($raw);", body), body, by="php")
    tabs = json.dumps(json.loads(PLAIN), indent="\t").encode()
    signed("pair-tabs", "body_reformatted", tabs, tabs.replace(b"\t", b"    "), by="expand")
    signed("pair-tabs-text", "body_whitespace", b"a\tb\tc\n", b"a    b    c\n", by="expand")
    signed("pair-collapsed-text", "body_whitespace", b"a  b \n c\n", b"a b c ", by="sed")
    raw = sign(body)
    n = int.from_bytes(raw, "big")
    case("pair-sig-decimal", "sig_not_base64", body, str(n), by="python")
    case("pair-sig-utf16", "sig_text_mangled", body, "\ufeff" + "\0".join(base64.b64encode(raw).decode()) + "\0" if False else base64.b64encode(raw).decode().encode("utf-16-le").decode("latin-1"), by="powershell")
    case("pair-sig-stripe", "sig_prefixed", body, "t=1790000000,v1=" + base64.b64encode(raw).decode(), by="stripe style")
    case("pair-sig-svix", "sig_prefixed", body, "v1," + base64.b64encode(raw).decode(), by="svix style")
    case("pair-sig-rfc9421", "sig_prefixed sig_quoted", body, "sig1=:" + base64.b64encode(raw).decode() + ":", by="rfc 9421 style")
    case("pair-sig-od", "sig_hex", body, sh("od -An -tx1", raw).decode(), by="od")
    for i in range(2000):
        b = b'{"i":%d}' % i
        raw = OWN.sign(b, padding.PKCS1v15(), hashes.SHA256())
        if raw[0] < 16:
            case("pair-sig-odd-hex", "sig_hex sig_leading_zero_lost", b, "%x" % int.from_bytes(raw, "big") if raw[0] else "0" * 0 + raw.hex()[1:], by="python")
            break
    line = sh("openssl dgst -sha256 > line; openssl rsautl -sign -inkey own.pem -in line 2>/dev/null", body)
    case("pair-raw-line", "scheme_raw_digest digest_line_signed", body, line)
    case("pair-raw-sum", "scheme_raw_digest digest_line_signed", body, sh("sha256sum > line; openssl rsautl -sign -inkey own.pem -in line 2>/dev/null", body))
    case("pair-raw-hex-line", "scheme_raw_digest digest_hex_signed", body, sh("sha256sum | cut -d' ' -f1 > line; openssl rsautl -sign -inkey own.pem -in line 2>/dev/null", body))
    case("pair-wrapped-url", "sig_base64_wrapped sig_base64url", body, sh("openssl dgst -sha256 -sign own.pem | base64 | tr '+/' '-_'", body).decode())
    case("pair-quoted-unpadded", "sig_quoted sig_base64_unpadded", body, json.dumps(base64.b64encode(raw := sign(body)).decode().rstrip("=")))
    case("pair-prefix-hex", "sig_hex sig_prefixed", body, "sha256=" + raw.hex())
    for n, text in [("word", "signature"), ("words", "this is not a signature"), ("placeholder", "your-signature-here"), ("undefined", "undefined"), ("null", "null"), ("object", "[object Object]"), ("promise", "[object Promise]"), ("none", "None"), ("false", "false"), ("resource", "Resource id #5")]:
        case("pair-sig-" + n, "sig_not_base64", body, text, by="placeholder")
    text = body.decode()
    signed("pair-htmlentities", "body_html_escape", body, php("echo htmlentities($raw);", body), by="php")
    signed("pair-python-bytes", "body_double_encoded", body, run("python3", "-c", "import sys;sys.stdout.write(str(sys.stdin.buffer.read()))", stdin=body), by="python")
    signed("pair-python-repr", "body_double_encoded", body, repr(text).encode(), by="python")
    signed("pair-utf32", "body_charset", body, text.encode("utf-32"), by="python")
    signed("pair-xmlchar", "body_charset", body, text.encode("ascii", "xmlcharrefreplace"), by="python")
    signed("pair-backslash", "body_charset", RUS, RUS.decode().encode("ascii", "backslashreplace"), by="python") if False else None
    signed("pair-major-units", "body_number_format", PLAIN, PLAIN.replace(b"15000", b"150.00"), by="editor")
    signed("pair-project", "body_extra_signed", PLAIN, b"your_project_name" + PLAIN, by="habit")
    signed("pair-timestamp", "body_extra_signed", PLAIN, b"1700000000." + PLAIN, by="stripe habit")
    case("pair-pss-dumps", "scheme_pss body_reformatted body_unicode_escape", body, OWN.sign(py, padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH), hashes.SHA256()), by="python")


def compositions():
    """Pairs of a rewrite and a change of the whole text, and bodies that were rewritten on their way."""
    bom = b"\xef\xbb\xbf"
    plain, rich = json.loads(PLAIN), json.loads(RICH)
    utf = lambda v, **kw: json.dumps(v, ensure_ascii=False, **kw).encode()
    compact = {"separators": (",", ":")}
    signed("comp-bom-dumps", "body_reformatted body_bom", PLAIN, bom + json.dumps(plain).encode(), by="python")
    signed("comp-bom-crlf-pretty", "body_reformatted body_crlf body_bom", PLAIN, bom + json.dumps(plain, indent=4).replace("\n", "\r\n").encode(), by="windows")
    signed("comp-bom-received", "body_reformatted body_bom", bom + PLAIN, json.dumps(plain).encode(), by="python")
    signed("comp-bom-received-compact", "body_reformatted body_bom", bom + utf(rich), RICH, by="proxy")
    signed("comp-bom-sorted", "body_key_order body_bom", SORTME, bom + utf(json.loads(SORTME), sort_keys=True, **compact), by="python")
    signed("comp-base64-tabs", "body_base64_signed body_reformatted", RICH, base64.b64encode(utf(rich, indent="\t")), by="python")
    ordered = json.dumps(plain, indent=2, sort_keys=True).encode()
    signed("comp-sorted-end-base64", "body_base64_signed body_key_order body_trailing_newline", PRETTY, base64.b64encode(ordered), by="python")
    signed("comp-sorted-end-bom", "body_key_order body_bom body_trailing_newline", PRETTY, bom + ordered, by="python")
    signed("comp-sorted-end-gzip", "body_gzip body_key_order body_trailing_newline", PRETTY, gzip.compress(ordered, mtime=0), by="python")
    signed("comp-hex-sorted", "body_hex_signed body_key_order", SORTME, utf(json.loads(SORTME), sort_keys=True, **compact).hex().encode(), by="python")
    signed("comp-quote-pretty", "body_urlencoded_signed body_reformatted", PLAIN, urllib.parse.quote(json.dumps(plain, indent=2)).encode(), by="python")
    signed("comp-string-sorted", "body_double_encoded body_key_order", SORTME, json.dumps(utf(json.loads(SORTME), sort_keys=True, **compact).decode()).encode(), by="python")
    signed("comp-gzip-pretty", "body_gzip body_reformatted", PLAIN, gzip.compress(json.dumps(plain, indent=2).encode(), mtime=0), by="python")
    signed("comp-utf16-tabs", "body_charset body_reformatted", RUS, utf(json.loads(RUS), indent="\t").decode().encode("utf-16"), by="python")
    signed("comp-joined-tabs", "body_newlines_removed body_reformatted", PLAIN, json.dumps(plain, indent="\t").replace("\n", "").encode(), by="curl -d")
    nfd = unicodedata.normalize("NFD", RICH.decode())
    signed("comp-nfd-escapes", "body_normalization body_unicode_escape", RICH, RICH.replace("é".encode(), b"e\\u0301"), by="python")
    signed("comp-nfd-base64", "body_base64_signed body_normalization", RICH, base64.b64encode(nfd.encode()), by="python")
    # What was received was sorted on its way; the signer wrote the order of the documents.
    signed("comp-sorted-on-the-way", "body_key_order", utf(plain, sort_keys=True, **compact), PLAIN, by="proxy")
    signed("comp-sorted-and-spaced", "body_key_order body_reformatted", json.dumps(plain, sort_keys=True).encode(), PLAIN, by="proxy")
    signed("comp-sorted-and-pretty", "body_key_order body_reformatted", json.dumps(plain, indent=2, sort_keys=True).encode(), PLAIN, by="proxy")
    signed("comp-jq-on-the-way", "body_key_order body_trailing_newline", sh("jq -cS .", PLAIN), PLAIN, by="jq")
    index = b'{"b":1,"10":2,"a":{"9":3,"x":4,"10":5}}'
    signed("comp-node-sorted-indexes", "body_key_order", index, node("const f=v=>v&&typeof v==='object'?Object.fromEntries(Object.keys(v).sort().map(k=>[k,f(v[k])])):v;out(JSON.stringify(f(JSON.parse(text))))", index), by="node")
    holes = b'{"contacts":[],"metadata":{},"list":[1]}'
    signed("comp-php-assoc", "body_empty_container", holes, php("echo json_encode(json_decode($raw,true));", holes), by="php")
    signed("comp-php-assoc-received", "body_empty_container", php("echo json_encode(json_decode($raw,true));", holes), holes, by="php")
    amp = b'{"url":"https://shop.example/?a=1&b=<2>"}'
    signed("comp-go-string", "body_double_encoded", amp, json.dumps(amp.decode()).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e").encode(), by="go")
    signed("comp-go-bytes", "body_base64_signed", PLAIN, b'"' + base64.b64encode(PLAIN) + b'"', by="go")
    delete = '{"text":"a\x7f é"}'.encode()
    signed("comp-python-delete", "body_reformatted body_unicode_escape", delete, json.dumps(json.loads(delete)).encode(), by="python")
    crlf = PRETTY.replace(b"\n", b"\r\n")
    signed("comp-last-line-feed", "body_trailing_newline", crlf, crlf[:-1], by="python")
    signed("comp-content-digest", "digest_base64_signed", PLAIN, b"sha-256=:" + base64.b64encode(hashlib.sha256(PLAIN).digest()) + b":", by="rfc 9530 style")
    signed("comp-github-style", "digest_hex_signed", PLAIN, b"sha256=" + hashlib.sha256(PLAIN).hexdigest().encode(), by="github style")
    signed("comp-xxd-digest", "digest_hex_signed", PLAIN, sh("openssl dgst -sha256 -binary | xxd -p", PLAIN), by="xxd")
    signed("comp-dgst-c", "digest_line_signed", PLAIN, sh("openssl dgst -sha256 -c", PLAIN))
    signed("comp-request-line", "body_extra_signed", PLAIN, b"POST /api/v2/session/init/payout\n\n" + PLAIN, by="habit")


def copied():
    """Signatures as they are copied out of logs, terminals and other formats."""
    raw = sign(PLAIN)
    std = base64.b64encode(raw).decode()
    put = lambda name, want, s, by: case("copied-" + name, want, PLAIN, s, by=by)
    put("escaped-quotes", "sig_quoted", '\\"' + std + '\\"', "log")
    put("json-escapes", "sig_quoted", std.replace("+", "\\u002B").replace("=", "\\u003D"), "System.Text.Json")
    put("headers", "sig_prefixed", "X-PARTNER-PROJECT: shop\r\nX-PARTNER-SIGN: " + std + "\r\nContent-Type: application/json", "curl -v")
    put("element", "sig_prefixed", "<Signature>" + std + "</Signature>", "xml")
    put("stdin-label", "sig_prefixed", "(stdin)= " + std, "shell")
    put("zsh", "sig_trailing_text", std + "%", "zsh")
    put("column", "sig_truncated", std[:256], "database")
    put("openssl-hex", "sig_hex sig_prefixed", sh("openssl dgst -sha256 -sign own.pem -hex", PLAIN).decode(), "openssl")
    part = lambda b: base64.urlsafe_b64encode(b).rstrip(b"=")
    head = part(b'{"alg":"RS256"}') + b"." + part(PLAIN)
    put("bearer-jwt", "sig_not_rsa", "Bearer " + (head + b"." + part(sign(head))).decode(), "jwt")
    case("copied-list-of-a-stranger", "sig_not_base64 key_wrong", PLAIN, ",".join(map(str, sign(PLAIN, "stranger"))), by="java")


def printed():
    """What programs print, where a body or a signature was wanted."""
    plain, order = json.loads(PLAIN), b'{"id":"p 1","a":{"b":1,"c":null},"l":[1,2],"n":null,"f":150.5}'
    put = lambda name, want, body, data, by: signed("printed-" + name, want, body, data, by=by)
    put("node-buffer-json", "body_repr_signed", RICH, node("out(JSON.stringify(raw))", RICH), "node")
    put("node-uint8array", "body_repr_signed", RICH, node("out(String(new Uint8Array(raw)))", RICH), "node")
    put("python-list-of-bytes", "body_repr_signed", RICH, str(list(RICH)).encode(), "python")
    put("node-ascii", "body_charset", RICH, node("out(raw.toString('ascii'))", RICH), "node")
    put("node-querystring", "body_urlencoded_signed", order, node("out(require('querystring').stringify(JSON.parse(text)))", order), "node")
    put("node-urlsearchparams", "body_urlencoded_signed", order, node("out(new URLSearchParams(JSON.parse(text)).toString())", order), "node")
    put("python-urlencode", "body_urlencoded_signed", order, urllib.parse.urlencode(json.loads(order)).encode(), "python")
    fractions = b'{"a":{"b":150.0,"c":1.50,"d":12345678901234567890},"t":true,"z":0.00001}'
    put("php-query-fractions", "body_urlencoded_signed", fractions, php("echo http_build_query(json_decode($raw,true));", fractions), "php")
    for flag in ("AMP", "APOS", "QUOT", "TAG|JSON_HEX_AMP"):
        quoted = b'{"t":"<b>Tom & Jerry\'s \\"x\\"</b>"}'.replace(b"/", b"")
        put("php-hex-" + flag.split("|")[0].lower() + str(len(flag)), "body_html_escape", quoted, php("echo json_encode(json_decode($raw),JSON_HEX_%s);" % flag, quoted), "php")
    put("amount-text", "body_number_format", b'{"l":[{"amount":1},{"amount":25}]}', node("out(JSON.stringify(JSON.parse(text),(k,v)=>k=='amount'?v.toFixed(2):v))", b'{"l":[{"amount":1},{"amount":25}]}'), "node")
    put("amount-number", "body_number_format", b'{"l":[{"amount":"1.00"},{"amount":"25.00"}]}', b'{"l":[{"amount":1},{"amount":25}]}', "node")
    put("full-double", "body_number_format", b'{"id":12345678901234567890}', php("echo json_encode(['id'=>'?']);").replace(b'"?"', php("printf('%.0f',12345678901234567890);")), "php")
    put("gzip-of-nothing", "body_gzip", gzip.compress(b"{}", mtime=0), b"{}", "python")
    put("base64-of-nothing", "body_base64_signed", base64.b64encode(b"{}"), b"{}", "python")
    put("utf16-received", "body_charset", '{"a":"b"}'.encode("utf-16-le"), b'{"a":"b"}', "python")
    put("nul-received", "body_trailing_byte", PLAIN + b"\0", PLAIN, "c")
    put("nul-filled", "body_trailing_byte", PLAIN, PLAIN + b"\0" * 7, "c")
    put("windows-pretty", "body_reformatted body_crlf", RICH, json.dumps(json.loads(RICH), indent=2, ensure_ascii=False).replace("\n", "\r\n").encode(), "python")
    put("windows-sorted", "body_key_order body_bom", SORTME, b"\xef\xbb\xbf" + json.dumps(json.loads(SORTME), sort_keys=True, separators=(",", ":")).encode(), "python")
    put("digest-docker", "digest_hex_signed", PLAIN, b"sha256:" + hashlib.sha256(PLAIN).hexdigest().encode(), "docker style")
    open(f"{DIR}/body.json", "wb").write(PLAIN)
    put("dgst-c-file", "digest_line_signed", PLAIN, run("openssl", "dgst", "-sha256", "-c", "body.json"), "openssl")
    small = next(b for b in (b'{"n":%d}' % i for i in range(9999)) if hashlib.sha256(b).digest()[0] < 16)
    put("digest-biginteger", "digest_hex_signed", small, node("out(BigInt('0x'+crypto.createHash('sha256').update(raw).digest('hex')).toString(16))", small), "node")
    put("digest-narrow", "digest_hex_signed", small, node("out([...crypto.createHash('sha256').update(raw).digest()].map(b=>b.toString(16)).join(''))", small), "node")
    raw = sign(PLAIN)
    text = lambda name, want, s, by: case("printed-" + name, want, PLAIN, s, by=by)
    text("dgst-r", "sig_hex", run("openssl", "dgst", "-sha256", "-sign", "own.pem", "-hex", "-r", "body.json").decode(), "openssl")
    text("xxd", "sig_hex", sh("xxd", raw).decode(), "xxd")
    text("hexdump", "sig_hex", sh("hexdump -C", raw).decode(), "hexdump")
    text("od", "sig_hex", sh("od -tx1", raw).decode(), "od")
    text("go-bytes", "sig_not_base64", "[" + " ".join(map(str, raw)) + "]", "go")
    for name, s in (("json", '""'), ("bytes", "b''"), ("header", "X-PARTNER-SIGN: ")):
        text("nothing-" + name, "sig_empty", s, "python")
    text("uuid", "sig_not_rsa", "8f14e45f-ceea-467f-9c0d-8a3a0c9a1f10", "python")
    text("column-64", "sig_truncated", base64.b64encode(raw).decode()[:64], "database")
    text("column-128", "sig_truncated", base64.b64encode(raw).decode()[:128], "database")
    text("read-as-utf8", "sig_not_base64", '"' + raw.decode("utf8", "replace"), "python")


deflate_streams()
for part in [valid, keys, writing, not_rsa, schemes, digest_forms, ends, serializers, contents, encodings, extras, pairs, compositions, copied, printed]:
    part()
with open("keys.json", "w") as f:
    json.dump({k: v for k, v in KEYS.items() if k != "stranger"}, f, indent=1)
    f.write("\n")
with open("cases.jsonl", "w") as f:
    for c in CASES:
        f.write(json.dumps(c, ensure_ascii=True, separators=(",", ":")) + "\n")
print(len(CASES), "cases", file=sys.stderr)
