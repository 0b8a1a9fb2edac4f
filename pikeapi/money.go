package pikeapi

// Money is an amount in minor units of an ISO 4217 currency, such as 15000 and "eur" for 150.00 EUR.
type Money struct {
	Amount   int64  // minor units
	Currency string // as it was read or is to be sent; compare without case
}
