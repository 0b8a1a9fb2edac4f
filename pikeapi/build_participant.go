package pikeapi

// Participants are the sender and the recipient of an operation.
type Participants struct{ Sender, Recipient *Participant }

// Participant is a person or a company. Empty fields are left out.
type Participant struct {
	FullName, FirstName, LastName, MiddleName string
	CompanyName                               string
	Reference                                 string
	TaxReference                              string
	CountryISO2, CountryISO3                  string
	City, PostalCode, AddressLine             string
	Street, Building, Flat, State             string
	IPv4, IPv6                                string
	Document                                  string
	Account, Currency, BankName               string
	RegistrationNumber                        string
	DateOfIncorporation                       string // YYYY-MM-DD
	DateOfBirth                               string // YYYY-MM-DD
	MSISDN, Email                             string
	Code, SwiftBICCode, Description           string
	BeneficiaryID, WalletID                   string
	CitizenshipISO3                           string
	IdentityDocument                          *IdentityDocument
}

// IdentityDocument identifies a participant. Dates are YYYY-MM-DD.
type IdentityDocument struct{ Type, Number, Expires, Issued, DivisionCode, IssuedBy string }

func (p *Participants) put(o *object) {
	if p == nil || (p.Sender == nil && p.Recipient == nil) {
		return
	}
	in := newObject()
	in.object("sender", p.Sender.object())
	in.object("recipient", p.Recipient.object())
	o.object("participant_details", in)
}

func (p *Participant) object() *object {
	if p == nil {
		return nil
	}
	o := newObject()
	for _, f := range p.fields() {
		o.str(f.name, f.value)
	}
	if d := p.IdentityDocument; d != nil {
		in := newObject()
		in.must("id_type", d.Type)
		in.must("id_number", d.Number)
		in.str("id_expiration_date", d.Expires)
		in.str("issue_date", d.Issued)
		in.str("division_code", d.DivisionCode)
		in.str("issued_by", d.IssuedBy)
		o.object("identity_document", in)
	}
	return o
}

type participantField struct{ name, value string }

// fields returns the plain fields in the order in which they are written. Source: the platform's
// SDK, class Participant.
func (p *Participant) fields() []participantField {
	return []participantField{
		{"full_name", p.FullName},
		{"first_name", p.FirstName},
		{"last_name", p.LastName},
		{"middle_name", p.MiddleName},
		{"company_name", p.CompanyName},
		{"reference", p.Reference},
		{"tax_reference", p.TaxReference},
		{"country_iso2", p.CountryISO2},
		{"country_iso3", p.CountryISO3},
		{"city", p.City},
		{"postal_code", p.PostalCode},
		{"address_line", p.AddressLine},
		{"street", p.Street},
		{"building", p.Building},
		{"flat", p.Flat},
		{"state", p.State},
		{"ipv4", p.IPv4},
		{"ipv6", p.IPv6},
		{"document", p.Document},
		{"account", p.Account},
		{"currency", p.Currency},
		{"bank_name", p.BankName},
		{"registration_number", p.RegistrationNumber},
		{"date_of_incorporation", p.DateOfIncorporation},
		{"date_of_birth", p.DateOfBirth},
		{"msisdn", p.MSISDN},
		{"email", p.Email},
		{"code", p.Code},
		{"swift_bic_code", p.SwiftBICCode},
		{"description", p.Description},
		{"beneficiary_id", p.BeneficiaryID},
		{"wallet_id", p.WalletID},
		{"citizenship_country_iso_3", p.CitizenshipISO3},
	}
}
