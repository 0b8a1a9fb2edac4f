"""A partner that shares nothing with pikedash: Python's standard library, and openssl for RSA.

Usage: outside.py BASE_URL PRIVATE_KEY.pem PIKE_PUBLIC_KEY.pem
It pays out, takes a payment and refunds it, in both API versions, receives the notifications on a
port of its own (printed first), verifies their signatures, and prints OK.
"""
import base64, http.server, json, queue, subprocess, sys, tempfile, threading, urllib.error, urllib.request

base, key, pike = sys.argv[1:4]
inbox = queue.Queue()


def openssl(*args, data):
    return subprocess.run(["openssl", *args], input=data, capture_output=True, check=False)


def verify(body, sign):
    with tempfile.NamedTemporaryFile() as f:
        f.write(base64.b64decode(sign, validate=True))
        f.flush()
        done = openssl("dgst", "-sha256", "-verify", pike, "-signature", f.name, data=body)
    assert done.stdout.strip() == b"Verified OK", done


class Hooks(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        verify(body, self.headers["X-PARTNER-SIGN"])
        self.send_response(200)
        self.end_headers()
        inbox.put(json.loads(body))

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hooks)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("hooks http://127.0.0.1:%d/" % server.server_port, flush=True)
sys.stdin.readline()  # the test has told the sandbox


def call(version, method, value, **headers):
    body = json.dumps(value, ensure_ascii=False).encode()
    sign = base64.b64encode(openssl("dgst", "-sha256", "-sign", key, data=body).stdout).decode()
    request = urllib.request.Request(f"{base}/api/v{version}/{method}", data=body, method="POST")
    for name, text in {"Content-Type": "application/json", "X-PARTNER-PROJECT": "shop", "X-PARTNER-SIGN": sign, **headers}.items():
        request.add_header(name, text)
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return json.load(response)
    except urllib.error.HTTPError as refused:
        return json.load(refused)


def wait(kind):
    note = inbox.get(timeout=20)
    assert note["type"] == kind, note
    return note["session"]


amount = {"amount": 15000, "currency": "eur"}
for version, target, payouts, payments in ((1, "payment_method", "payments", "acquiring_payments"), (2, "payout_details", "payout_list", "payment_list")):
    card = {"type": "card", "card": {"type": "bank_card", "bank_card": {"number": "4242424242424242"}}}
    body = {target: card, "amount_details": amount, "participant_details": {"recipient": {"full_name": "Zoë Müller"}}}
    first = call(version, "session/init/payout", body, **{"X-PARTNER-IDEMPOTENCY-KEY": f"outside-{version}"})
    assert first["session"]["status"] == "in_progress", first
    assert call(version, "session/init/payout", body, **{"X-PARTNER-IDEMPOTENCY-KEY": f"outside-{version}"}) == first
    session = wait("ready_to_confirm")
    assert session["next_action"] == "confirm" and session[payouts][0]["status"] == "pending", session
    assert session[payouts][0]["participant_details"]["recipient"]["full_name"] == "Zoë Müller"
    call(version, "session/confirm", {"session_id": session["id"]})
    session = wait("payment_finished")
    assert session["status"] == "accepted" and session[payouts][0]["status"] == "succeeded", session

    bank_card = {"number": "4242424242424242", "expiration_month": "07", "expiration_year": "49", "security_code": "321"}
    source = {"type": "card", "card": {"type": "bank_card", "bank_card": bank_card}}
    session = call(version, "session/create", {})["session"]
    call(version, "session/start/payment", {"session_id": session["id"], "payment_details": source, "amount_details": amount, "customer": {"reference": "b-1"}})
    wait("ready_to_confirm")
    call(version, "session/confirm", {"session_id": session["id"]})
    assert wait("payment_finished")[payments][0]["status"] == "succeeded"
    call(version, "session/refund", {"session_id": session["id"], "amount_details": {"amount": 5000, "currency": "eur"}})
    assert wait("payment_refunded")[payments][0]["refunds"][0]["status"] == "accepted"
    refused = call(version, "session/confirm", {"session_id": session["id"]})
    assert refused["error"]["code"] == "session_wrong_state", refused
    assert call(1, "wallet/balance", {"request_datetime": "2025-01-15T12:00:00+03:00"})["wallets"]
print("OK", flush=True)
