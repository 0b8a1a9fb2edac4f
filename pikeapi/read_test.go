package pikeapi

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const refundedV2 = `{"type":"payment_refunded","session":{"id":"ps_70113","status":"accepted","created_at":"2025-01-15T10:01:00.000001Z","updated_at":"2025-01-16T09:00:00.000000Z",
 "payment_list":[{"id":"pm_5001","status":"succeeded","created_at":"2025-01-15T10:01:00.200001Z","finished_at":"2025-01-15T10:02:00.000000Z","customer":{"reference":"buyer-77"},
 "payment_details":{"type":"card","card":{"brand":"visa","last4":"0010","bin":"400000"}},"amount_details":{"amount":2599,"currency":"eur"},"metadata":"order-9001",
 "refunds":[{"id":"rf_301","status":"accepted","created_at":"2025-01-16T08:59:00.000000Z","finished_at":"2025-01-16T09:00:00.000000Z","amount_details":{"amount":1000,"currency":"eur"},"is_chargeback":true}]}]}}`

const finishedV1 = `{"type":"payment_finished","session":{"id":"ps_70120","status":"accepted","created_at":"2025-01-15T11:00:00.000000Z","updated_at":"2025-01-15T11:00:09.000000Z",
 "payments":[{"id":"po_8001","status":"succeeded","created_at":"2025-01-15T11:00:01.000000Z","finished_at":"2025-01-15T11:00:09.000000Z",
 "payment_method":{"type":"card","card":{"brand":"mastercard","last4":"7771","bin":"520000"}},"amount_details":{"amount":150000,"currency":"eur"},
 "participant_details":{"recipient":{"full_name":"Jane Roe"}},"transaction_info":{"rrn":"501500000042","auth_code":"A1B2C3"}}]}}`

func TestNotificationsOfBothVersions(t *testing.T) {
	n, err := ParseNotification([]byte(refundedV2))
	require.NoError(t, err)
	assert.Equal(t, NotifyPaymentRefunded, n.Type)
	s := n.Session
	assert.Equal(t, V2, s.Version)
	assert.Equal(t, SessionAccepted, s.Status)
	require.Len(t, s.Payments, 1)
	p := s.Payments[0]
	assert.Equal(t, Payment, p.Kind)
	assert.Equal(t, Money{2599, "eur"}, p.Amount)
	assert.Equal(t, &Card{Brand: "visa", Last4: "0010", BIN: "400000"}, p.Card)
	assert.Equal(t, "card", p.Method)
	assert.Equal(t, "buyer-77", p.Customer)
	assert.JSONEq(t, `"order-9001"`, string(p.Metadata))
	require.Len(t, p.Refunds, 1)
	assert.True(t, p.Refunds[0].Chargeback)
	assert.Equal(t, RefundAccepted, p.Refunds[0].Status)
	assert.Equal(t, time.Date(2025, 1, 15, 10, 1, 0, 1000, time.UTC), s.CreatedAt)
	assert.Empty(t, s.Doubts)

	n, err = ParseNotification([]byte(finishedV1))
	require.NoError(t, err)
	assert.Equal(t, V1, n.Session.Version)
	require.Len(t, n.Session.Payouts, 1)
	o := n.Session.Payouts[0]
	assert.Equal(t, "Jane Roe", o.Recipient)
	assert.Equal(t, "501500000042", o.RRN)
	assert.Equal(t, "A1B2C3", o.AuthCode)
}

func TestReaderIsLenient(t *testing.T) {
	read := func(session string) *Session {
		r, err := ParseResponse([]byte(`{"status":"ok","session":` + session + `}`))
		require.NoError(t, err, session)
		require.NotNil(t, r.Session, session)
		return r.Session
	}
	t.Run("spellings mixed", func(t *testing.T) {
		s := read(`{"id":"ps_1","payments":[{"id":"po_1","payout_details":{"type":"card","card":{"last4":"0010"}}}],"payment_list":[],"acquiring_payments":[{"id":"pm_1"}]}`)
		require.Len(t, s.Payouts, 1)
		assert.Equal(t, "0010", s.Payouts[0].Card.Last4)
		require.Len(t, s.Payments, 1, "an empty list gives way to a filled one")
		assert.Equal(t, "pm_1", s.Payments[0].ID)
	})
	t.Run("both spellings filled", func(t *testing.T) {
		s := read(`{"id":"ps_1","payments":[{"id":"po_1"}],"payout_list":[{"id":"po_2"}]}`)
		require.Len(t, s.Payouts, 1)
		assert.Equal(t, "po_2", s.Payouts[0].ID)
		assert.Contains(t, s.Extra, "payments", "the other list is not lost")
	})
	t.Run("lists for objects", func(t *testing.T) {
		s := read(`{"id":"ps_1","error":[],"actions":[],"payout_list":{},"payment_list":[{"id":"pm_1","customer":[],"payment_details":[],"amounts":[],"transaction_info":[],"customer_interaction":[],"recurrent":[],"error":[],"refunds":{}}]}`)
		assert.Nil(t, s.Error)
		assert.Nil(t, s.Actions)
		require.Len(t, s.Payments, 1)
		p := s.Payments[0]
		assert.Nil(t, p.Error)
		assert.Nil(t, p.Interaction)
		assert.Nil(t, p.Recurrent)
		assert.Nil(t, p.Fee)
		assert.Empty(t, s.Doubts)
	})
	t.Run("numbers", func(t *testing.T) {
		s := read(`{"id":70113,"payout_list":[{"id":8001,"amount_details":{"amount":9007199254740993,"currency":"RUB"}},{"amount_details":{"amount":"1500","currency":"eur"}},{"amount_details":{"amount":1500.00,"currency":"eur"}}]}`)
		assert.Equal(t, "70113", s.ID)
		assert.Equal(t, "8001", s.Payouts[0].ID)
		assert.Equal(t, Money{9007199254740993, "RUB"}, s.Payouts[0].Amount, "beyond what a float holds")
		assert.Equal(t, int64(1500), s.Payouts[1].Amount.Amount)
		assert.Equal(t, int64(1500), s.Payouts[2].Amount.Amount)
		for _, bad := range []string{`1.5`, `1e400`, `"1e3"`, `99999999999999999999`, `true`, `"+5"`} {
			s = read(`{"id":"ps_1","payout_list":[{"amount_details":{"amount":` + bad + `,"currency":"eur"}}]}`)
			assert.Zero(t, s.Payouts[0].Amount.Amount, bad)
			assert.NotEmpty(t, s.Doubts, bad)
			assert.NotEmpty(t, Contradictions(s))
		}
	})
	t.Run("spelling of cancelled", func(t *testing.T) {
		assert.Equal(t, SessionCancelled, read(`{"id":"ps_1","status":"canceled"}`).Status)
		assert.Equal(t, SessionCancelled, read(`{"id":"ps_1","status":"CANCELLED"}`).Status)
		assert.Empty(t, read(`{"id":"ps_1"}`).Status)
	})
	t.Run("times", func(t *testing.T) {
		s := read(`{"id":"ps_1","created_at":"2025-02-01T09:30:00+03:00","updated_at":"2025-02-01T06:30:00.123456Z","finished_at":"yesterday","actions":{"confirm":"2025-02-01T06:30:00.5Z"}}`)
		assert.True(t, s.CreatedAt.Equal(time.Date(2025, 2, 1, 6, 30, 0, 0, time.UTC)))
		assert.Equal(t, 123456000, s.UpdatedAt.Nanosecond())
		assert.True(t, s.FinishedAt.IsZero())
		assert.Len(t, s.Doubts, 1)
		assert.Len(t, s.Actions, 1)
	})
	t.Run("unknown fields", func(t *testing.T) {
		s := read(`{"id":"ps_1","new_thing":{"a":[1,2 ]},"payout_list":[{"id":"po_1","payment_options":{"x":1},"later":null}]}`)
		assert.Equal(t, `{"a":[1,2 ]}`, string(s.Extra["new_thing"]))
		assert.Contains(t, s.Payouts[0].Extra, "later")
		assert.Contains(t, s.Payouts[0].Extra, "payment_options")
	})
	t.Run("fee, recurring and interaction", func(t *testing.T) {
		s := read(`{"id":"ps_1","payment_list":[{"amounts":{"fee":{"merchant_fee":{"amount":30,"currency":"EUR"}}},"recurrent":{"token":"77aa","is_active":true,"created_at":"2025-02-01T09:30:00+03:00"},
			"customer_interaction":{"type":"redirect","redirect":{"url":"https://acs.example/3ds?tx=1","method":"POST","params":{"MD":"m"}}},"error":{"code":"3DS_error","description":"no","reject_reasons":[{"rule_alias":"r1","list_alias":"l1"}],"x":1}}]}`)
		p := s.Payments[0]
		assert.Equal(t, &Money{30, "EUR"}, p.Fee)
		assert.Equal(t, "77aa", p.Recurrent.Token)
		assert.True(t, p.Recurrent.Active)
		assert.Equal(t, "https://acs.example/3ds?tx=1", p.Interaction.URL)
		assert.Equal(t, []RejectReason{{RuleAlias: "r1", ListAlias: "l1"}}, p.Error.RejectReasons)
		assert.Contains(t, p.Error.Extra, "x")
		assert.Contains(t, p.Error.Explain("payment").Error(), "r1")
	})
}

func TestEnvelopesOfOtherMethods(t *testing.T) {
	r, err := ParseResponse([]byte(`{"wallets":[{"id":55,"amount_details":{"amount":990000,"currency":"eur"}}],"status":"ok"}`))
	require.NoError(t, err)
	assert.Equal(t, []Wallet{{"55", Money{990000, "eur"}}}, r.Wallets)
	r, err = ParseResponse([]byte(`{"status":"ok","recurrent":{"token":"t","is_active":false},"public_token":"p","info":{"brand":"visa"},"token":"x","banks":[]}`))
	require.NoError(t, err)
	assert.False(t, r.Recurrent.Active)
	assert.Equal(t, "p", r.PublicToken)
	assert.Equal(t, "x", r.Token)
	assert.JSONEq(t, `{"brand":"visa"}`, string(r.Info))
	assert.Contains(t, r.Extra, "banks")
	r, err = ParseResponse([]byte("\xef\xbb\xbf{\"status\":\"ok\"}\n"))
	require.NoError(t, err, "a byte order mark is forgiven")
	assert.Equal(t, "ok", r.Status)
}

func TestWhatIsRefusedByTheReader(t *testing.T) {
	for _, bad := range []string{``, ` `, `null`, `"x"`, `[1]`, `{"a":1}{"b":2}`, `{"a":1,}`, `{'a':1}`, `<html>`,
		strings.Repeat(`{"a":`, 65) + `1` + strings.Repeat(`}`, 65)} {
		_, err := ParseResponse([]byte(bad))
		assert.Error(t, err, clip(bad))
	}
	_, err := ParseResponse(make([]byte, MaxResponse+1))
	assert.ErrorContains(t, err, "larger")
	for _, bad := range []string{`{}`, `{"type":"x"}`, `{"session":{"id":"ps_1"}}`, `{"type":"x","session":[]}`, `{"type":"x","session":{}}`} {
		_, err := ParseNotification([]byte(bad))
		assert.Error(t, err, bad)
	}
	n, err := ParseNotification([]byte(`{"type":"brand_new","session":{"id":"ps_1"},"confirm_information":{}}`))
	require.NoError(t, err)
	assert.Equal(t, "brand_new", n.Type)
	assert.Contains(t, n.Extra, "confirm_information")
	_, err = ParseSession([]byte(`{"status":"ok"}`))
	assert.Error(t, err)
}

func TestSessionsReadTheSameFromTheirRawBytes(t *testing.T) {
	for _, text := range []string{refundedV2, finishedV1} {
		n, err := ParseNotification([]byte(text))
		require.NoError(t, err)
		again, err := ParseSession(n.Session.Raw)
		require.NoError(t, err)
		assert.Equal(t, n.Session, again)
	}
}

// Whatever JSON comes, both spellings of the same session read alike, and nothing that is not known
// gets lost.
func TestSpellingsReadAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		item := func(label string) string {
			b, err := json.Marshal(map[string]any{
				"id": rapid.String().Draw(t, label+" id"), "status": rapid.SampledFrom([]string{"pending", "succeeded", "failed", "odd"}).Draw(t, label+" status"),
				"amount_details": map[string]any{"amount": rapid.Int64().Draw(t, label+" amount"), "currency": "EUR"},
				rapid.StringMatching(`x_[a-z]{1,5}`).Draw(t, label+" unknown"): rapid.Int().Draw(t, label+" value"),
			})
			require.NoError(t, err)
			return string(b)
		}
		out, in := item("payout"), item("payment")
		v1, err := ParseSession([]byte(`{"id":"ps_1","payments":[` + out + `],"acquiring_payments":[` + in + `]}`))
		require.NoError(t, err)
		v2, err := ParseSession([]byte(`{"id":"ps_1","payment_list":[` + in + `],"payout_list":[` + out + `]}`))
		require.NoError(t, err)
		assert.Equal(t, v1.Payouts, v2.Payouts)
		assert.Equal(t, v1.Payments, v2.Payments)
		assert.Len(t, v1.Payouts[0].Extra, 1)
		assert.Equal(t, []Version{V1, V2}, []Version{v1.Version, v2.Version})
	})
}

func FuzzReaders(f *testing.F) {
	for _, seed := range []string{refundedV2, finishedV1, okBody, `{"session":{"id":1,"payments":{"a":[]}}}`, `{"error":[[]]}`, `[]`, `{"a":"\ud800"}`, "\xef\xbb\xbf{}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := ParseResponse(b); err == nil {
			r.accepted()
			if r.Session != nil {
				again, err := ParseSession(r.Session.Raw)
				if r.Session.ID != "" {
					require.NoError(t, err)
					assert.Equal(t, r.Session.ID, again.ID)
				}
				Contradictions(r.Session)
				Actions(r.Session)
				Deadline(r.Session)
				assert.False(t, r.Session.Status.Final() && Supersedes(r.Session, &Session{ID: r.Session.ID, Status: SessionCreated}))
			}
			assert.NotEmpty(t, newAPIError(r.Error, 400, "answer").Error())
		}
		_, _ = ParseNotification(b)
		for _, m := range Methods() {
			summarise("shop", m, b)
		}
		if raw, err := checkJSON(b); err == nil && json.Valid(raw) {
			members(raw)
			elements(raw)
		}
	})
}

// Escapes must not hide a field from the money rules: Pike reads the name that they stand for.
func TestAFieldIsFoundHoweverItsNameIsWritten(t *testing.T) {
	for body, want := range map[string]string{
		`{"amount":1}`:                        "1",
		`{"amo\u0075nt":1}`:                   "1",
		`{"amount":1,"amo\u0075nt":2}`:        "2",
		`{"\u0061mount":2,"amount":1}`:        "1",
		`{"Amount":1,"amoun":2,"\\amount":3}`: "",
		`{"x":{"amount":1},"\"amount":2}`:     "",
		`[]`:                                  "",
		`[{"amount":1}]`:                      "",
	} {
		assert.Equal(t, want, string(field([]byte(body), "amount")), body)
	}
}
