package keymap

// Overview has the keys of screen 0.
type Overview struct {
	Period Binding
}

// Sessions has the keys of the screen of sessions.
type Sessions struct {
	Confirm  Binding
	Cancel   Binding
	Capture  Binding
	Refund   Binding
	Pay      Binding
	Inspect  Binding
	Traffic  Binding
	Raw      Binding
	Finish   Binding
	Evidence Binding
	SaveFlow Binding
}

// Create has the keys of the screen where requests are made. They work while text is typed.
type Create struct {
	DryRun    Binding
	TestCards Binding
	Curl      Binding
	Version   Binding
	Method    Binding
	Preview   Binding
	NewKey    Binding
}

// Payouts has the keys of the screen of payouts.
type Payouts struct {
	Confirm Binding
	Cancel  Binding
	Session Binding
	Inspect Binding
	Traffic Binding
	Raw     Binding
	Again   Binding
}

// Webhooks has the keys of the inbox.
type Webhooks struct {
	Session  Binding
	Inspect  Binding
	Replay   Binding
	Resign   Binding
	Raw      Binding
	Receiver Binding
}

// Signature has the keys of the inspector. Letters are its own, so it scrolls with Map.Scroll.
type Signature struct {
	Body      Binding
	Signature Binding
	Keys      Binding
	Journal   Binding
	Paste     Binding
	Edit      Binding
	Language  Binding
	Bytes     Binding
	OpenSSL   Binding
	Report    Binding
	Snippet   Binding
	Again     Binding
}

// Traffic has the keys of the list of exchanges.
type Traffic struct {
	Session Binding
	Inspect Binding
	Curl    Binding
	OpenSSL Binding
	Raw     Binding
	Side    Binding
}

// Keyring has the keys of the screen of RSA keys.
type Keyring struct {
	Generate Binding
	AddPike  Binding
	Doctor   Binding
	Fits     Binding
	Inspect  Binding
	Guide    Binding
}

// Flows has the keys of the screen of flows.
type Flows struct {
	Run      Binding
	RunAll   Binding
	Stop     Binding
	Exchange Binding
	Source   Binding
}

// Unknown has the keys of the list of outcomes that nobody knows. Its letters are its own: it moves
// with Map.Move and has none of the list's keys.
type Unknown struct {
	Ask     Binding
	Resend  Binding
	Resolve Binding
	Session Binding
	Inspect Binding
}

func (m *Map) fillScreens() {
	m.Overview = Overview{
		Period: bind("overview.period", "period", "Change between hour, day and week", "w"),
	}
	m.Sessions = Sessions{
		Confirm:  bind("sessions.confirm", "confirm", "Confirm what waits: the money moves", "c"),
		Cancel:   bind("sessions.cancel", "cancel", "Cancel the session", "x"),
		Capture:  bind("sessions.capture", "capture", "Take held money, all or a part", "a"),
		Refund:   bind("sessions.refund", "refund", "Give money back, all or a part", "b"),
		Pay:      bind("sessions.pay", "start", "Start a payout or payment in a session that is only created", "p"),
		Inspect:  bind("sessions.inspect", "inspect", "Inspect the signature of the chosen request or webhook", "i"),
		Traffic:  bind("sessions.traffic", "traffic", "Show the session's requests", "t"),
		Raw:      bind("sessions.raw", "JSON", "Show the session as JSON", "d"),
		Finish:   bind("sessions.finish", "3-D Secure", "End 3-D Secure well or badly (sandbox)", "o"),
		Evidence: bind("sessions.evidence", "evidence", "Write an evidence bundle for Pike's support", "B"),
		SaveFlow: bind("sessions.flow", "save as flow", "Save the session as a flow", "F"),
	}
	m.Create = Create{
		DryRun:    bind("create.dry_run", "dry run", "Sign and show, send nothing", "ctrl+d"),
		TestCards: bind("create.test_cards", "test cards", "Choose a test card", "ctrl+t"),
		Curl:      bind("create.curl", "copy as curl", "Copy the request as a curl command", "ctrl+y"),
		Version:   bind("create.version", "v1/v2", "Change the API version", "ctrl+r"),
		Method:    bind("create.method", "request", "Choose what to make: session, payout or payment", "ctrl+n"),
		Preview:   bind("create.preview", "preview", "Show what will be sent, where it does not fit beside", "ctrl+l"),
		NewKey:    bind("create.new_key", "new key", "Make a new idempotency key", "ctrl+x"),
	}
	m.Payouts = Payouts{
		Confirm: bind("payouts.confirm", "confirm", "Confirm the payout: the money moves", "c"),
		Cancel:  bind("payouts.cancel", "cancel", "Cancel the payout's session", "x"),
		Session: bind("payouts.session", "session", "Open the payout's session", "o"),
		Inspect: bind("payouts.inspect", "inspect", "Inspect the signature of the payout's request", "i"),
		Traffic: bind("payouts.traffic", "traffic", "Show the requests of the payout's session", "t"),
		Raw:     bind("payouts.raw", "JSON", "Show the payout as JSON", "d"),
		Again:   bind("payouts.again", "new like this", "Fill the form New with this payout's values", "n"),
	}
	m.Webhooks = Webhooks{
		Session:  bind("webhooks.session", "session", "Open the session that the webhook is about", "o"),
		Inspect:  bind("webhooks.inspect", "inspect", "Inspect the webhook's signature", "i"),
		Replay:   bind("webhooks.replay", "replay", "Send it to the forward address again, unchanged", "w"),
		Resign:   bind("webhooks.resign", "re-sign", "Send it again, signed with the sandbox's key", "W"),
		Raw:      bind("webhooks.raw", "raw", "Change between pretty, raw and hexadecimal", "d"),
		Receiver: bind("webhooks.receiver", "receiver", "Show where webhooks are received", "l"),
	}
	m.fillInspector()
	m.Traffic = Traffic{
		Session: bind("traffic.session", "session", "Open the request's session", "o"),
		Inspect: bind("traffic.inspect", "inspect", "Inspect the request's signature", "i"),
		Curl:    bind("traffic.curl", "curl", "Copy the request as a curl command", "c"),
		OpenSSL: bind("traffic.openssl", "openssl", "Copy the openssl commands that make the same signature", "x"),
		Raw:     bind("traffic.raw", "raw", "Change between pretty, raw and hexadecimal", "d"),
		Side:    bind("traffic.side", "request/answer", "Change between request and answer", "t"),
	}
	m.Keyring = Keyring{
		Generate: bind("keyring.generate", "new pair", "Make a new key pair", "n"),
		AddPike:  bind("keyring.add_pike", "add Pike's key", "Add a public key of Pike", "a"),
		Doctor:   bind("keyring.doctor", "doctor", "Say what a key file is and how to convert it", "d"),
		Fits:     bind("keyring.fits", "fits?", "Check that a private key fits a public key", "m"),
		Inspect:  bind("keyring.inspect", "inspect", "Verify a signature with this key", "i"),
		Guide:    bind("keyring.guide", "first steps", "Set up the demo environment step by step", "w"),
	}
	m.Flows = Flows{
		Run:      bind("flows.run", "run", "Run the chosen or the marked flows", "x"),
		RunAll:   bind("flows.run_all", "run all", "Run every flow", "X"),
		Stop:     bind("flows.stop", "stop", "Stop what runs", "c"),
		Exchange: bind("flows.exchange", "exchange", "Open the exchange of the chosen step", "o"),
		Source:   bind("flows.source", "source", "Show the flow's file", "d"),
	}
	m.Unknown = Unknown{
		Ask:     bind("unknown.ask", "ask status", "Ask Pike for the session's status", "s"),
		Resend:  bind("unknown.resend", "same bytes, same key", "Send the same bytes with the same key: it cannot pay twice", "r"),
		Resolve: bind("unknown.resolve", "resolved by hand", "Mark as resolved by hand, with a note", "m"),
		Session: bind("unknown.session", "session", "Open the session, where it is known", "o"),
		Inspect: bind("unknown.inspect", "inspect", "Show the request that was sent", "i"),
	}
}

func (m *Map) fillInspector() {
	m.Signature = Signature{
		Body:      bind("signature.body", "body file", "Read the body from a file", "o"),
		Signature: bind("signature.signature", "signature", "Type or paste the signature", "s"),
		Keys:      bind("signature.keys", "keys", "Choose the key that should have signed", "k"),
		Journal:   bind("signature.journal", "journal", "Choose a recorded exchange or webhook", "j"),
		Paste:     bind("signature.paste", "paste", "Paste a body, kept as it comes", "p"),
		Edit:      bind("signature.edit", "edit", "Edit the body in $EDITOR", "ctrl+o"),
		Language:  bind("signature.language", "language", "Change the snippet's language", "l", "tab"),
		Bytes:     bind("signature.bytes", "bytes", "Change between differences and all bytes", "h"),
		OpenSSL:   bind("signature.openssl", "openssl", "Show and copy the same check as openssl commands", "x"),
		Report:    bind("signature.report", "copy report", "Copy the report", "y"),
		Snippet:   bind("signature.snippet", "copy snippet", "Copy the snippet that mends it", "Y"),
		Again:     bind("signature.again", "again", "Look again", "r"),
	}
}
