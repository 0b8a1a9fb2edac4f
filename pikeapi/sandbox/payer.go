package sandbox

import (
	"crypto/subtle"
	"html/template"
	"net/http"
)

// payerPath is the sandbox's 3-D Secure page. It is not part of Pike's API, and not a control call
// either: the payer's browser opens it, wherever it is.
const payerPath = "/_3ds"

// payerPage is the page where the payer decides how 3-D Secure ends.
const payerPage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>3-D Secure (sandbox)</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{font:16px/1.5 sans-serif;max-width:32em;margin:4em auto;padding:0 1em}button{font:inherit;padding:.5em 1.2em;margin-right:1em}</style>
</head><body>
{{if .Done}}<h1>3-D Secure {{.Done}}</h1><p>You can close this page.</p>
{{else if .Token}}<h1>3-D Secure</h1>
<p>Sandbox: pay {{.Amount}} {{.Currency}} (minor units) with {{.Card}}, session {{.Session}}.</p>
<form method="post" action="{{.Action}}"><input type="hidden" name="tx" value="{{.Token}}">
<button name="result" value="ok">Approve</button><button name="result" value="fail">Decline</button></form>
{{else}}<h1>Nothing to confirm</h1><p>This link is not known, or it was used, or its 60 minutes are over.</p>
{{end}}</body></html>
`

type payerData struct {
	Token, Session, Currency, Card, Action, Done string
	Amount                                       int64
}

// servePayer shows the page, and takes its result.
func (s *Server) servePayer(w http.ResponseWriter, r *http.Request, path string) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, POST")
		s.page(w, http.StatusMethodNotAllowed, payerData{})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	token := r.FormValue("tx")
	if path == payerPath+"/result" && r.Method == http.MethodPost {
		s.payerResult(w, r, token, r.PostFormValue("result"))
		return
	}
	s.mu.Lock()
	data := payerData{}
	if x := s.w.waitingFor(token); x != nil {
		data = payerData{
			Token: token, Session: x.ID, Currency: x.Op.Amount.Currency, Amount: x.Op.Amount.Amount,
			Card: x.Op.Instrument.Brand + " ··" + x.Op.Instrument.Last4, Action: payerPath + "/result",
		}
	}
	s.mu.Unlock()
	status := http.StatusOK
	if data.Token == "" {
		status = http.StatusNotFound
	}
	s.page(w, status, data)
}

// waitingFor returns the session whose payer has this token.
func (w *world) waitingFor(token string) *session {
	if len(token) != 64 {
		return nil
	}
	for _, x := range w.sessions {
		if x.Op != nil && x.Op.PayerToken != "" && subtle.ConstantTimeCompare([]byte(x.Op.PayerToken), []byte(token)) == 1 {
			return x
		}
	}
	return nil
}

// payerResult ends 3-D Secure and sends the payer back to the shop.
func (s *Server) payerResult(w http.ResponseWriter, r *http.Request, token, result string) {
	if result != "ok" && result != "fail" {
		s.page(w, http.StatusBadRequest, payerData{})
		return
	}
	back := ""
	err := s.durable(func(t *tx) error {
		x := t.w.waitingFor(token)
		if x == nil {
			return invalid("nothing waits for this payer")
		}
		back = x.Draft.ReturnURL
		t.payerDone(x, result == "ok")
		return nil
	})
	switch {
	case err != nil:
		s.page(w, http.StatusNotFound, payerData{})
	case back != "":
		http.Redirect(w, r, back, http.StatusSeeOther)
	case result == "ok":
		s.page(w, http.StatusOK, payerData{Done: "passed"})
	default:
		s.page(w, http.StatusOK, payerData{Done: "declined"})
	}
}

func (s *Server) page(w http.ResponseWriter, status int, data payerData) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	// No form-action: the payer is sent on to the shop's address after the form.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'")
	w.WriteHeader(status)
	if err := template.Must(template.New("payer").Parse(payerPage)).Execute(w, data); err != nil {
		s.log.Debug("the payer went away", "error", err)
	}
}
