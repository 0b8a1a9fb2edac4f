package journal

// The words that seeded data is made of. The names are invented from plain words; the cards are
// published test numbers, and only their first six and last four digits are written.

func seedFirstNames() []string {
	return []string{"Jane", "John", "Anna", "Max", "Zoë", "Иван", "Olga", "Ali", "Aigul", "Nino", "Petra", "Leo", "Maria", "Tom", "Sara", "Emil", "Lucía", "Rui", "Mila", "Noah"}
}

func seedLastNames() []string {
	return []string{"Roe", "Doe", "Sample", "Müller", "Иванов", "Example", "Test", "Brown", "Green", "White", "Hill", "Rivers", "Stone", "Field", "Lake", "Wood", "Bridge", "North", "Winter", "Summer"}
}

// A weighted is a value with how often it occurs.
type weighted struct {
	value  string
	weight int
}

func seedCurrencies() []weighted {
	return []weighted{{"eur", 58}, {"usd", 22}, {"gbp", 8}, {"kzt", 6}, {"jpy", 3}, {"pln", 2}, {"bhd", 1}}
}

func seedErrors() []weighted {
	return []weighted{{"insufficient_funds", 34}, {"declined_by_issuer_bank", 28}, {"bank_card_expired", 12}, {"3DS_error", 10}, {"confirm_timeout", 8}, {"card_number_does_not_exist", 5}, {"provider_internal_error", 3}}
}

// A seedCard is what Pike tells of a card.
type seedCard struct{ brand, bin, last4, country, number string }

func seedCards() []seedCard {
	return []seedCard{
		{"visa", "424242", "4242", "USA", "4242424242424242"}, {"visa", "400000", "3220", "GBR", "4000000000003220"}, {"visa", "400000", "0002", "FRA", "4000000000000002"}, {"visa", "400000", "9995", "DEU", "4000000000009995"},
		{"mastercard", "555555", "4444", "ESP", "5555555555554444"}, {"mastercard", "222300", "3222", "ITA", "2223003122003222"}, {"visa", "400000", "0069", "POL", "4000000000000069"}, {"mastercard", "520082", "8210", "PRT", "5200828282828210"},
	}
}

// pick takes one by weight; n is any number.
func pick(all []weighted, n uint64) string {
	total := 0
	for _, w := range all {
		total += w.weight
	}
	at := int(n % uint64(total))
	for _, w := range all {
		if at -= w.weight; at < 0 {
			return w.value
		}
	}
	return all[0].value
}
