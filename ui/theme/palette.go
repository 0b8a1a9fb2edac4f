package theme

// palette holds SGR parameters by purpose.
type palette struct {
	good, wait, moves, bad, unknown, old      string
	accent, match, focus                      string
	sandbox, demo, live, liveRule             string
	jsonKey, jsonString, jsonNumber, jsonWord string
	added, removed                            string
}

// palettes returns the colours of a variant. 30-37 and 90-97 are the sixteen colours that the user's
// own terminal settings define, so they stay readable on his background.
func palettes(v Variant) palette {
	p := palette{
		good: "32", wait: "33", moves: "34", bad: "31", unknown: "1;35", old: "2",
		accent: "36", match: "30;43", focus: "7",
		sandbox: "36", demo: "33", live: "1;97;41", liveRule: "31",
		jsonKey: "36", jsonString: "32", jsonNumber: "33", jsonWord: "35",
		added: "30;42", removed: "97;41",
	}
	switch v {
	case Dark:
		// Plain blue is unreadable on black in many palettes.
		p.moves = "94"
	case Light:
		// The background is light: yellow needs weight to be read.
		p.wait, p.jsonNumber = "1;33", "33"
	case Blind:
		// Blue against orange is told apart by all common kinds of colour blindness.
		p.good, p.moves, p.wait, p.bad = "94", "96", "37", "1;33"
		p.unknown, p.jsonString, p.jsonNumber, p.jsonWord = "1;97", "94", "33", "96"
		p.added, p.removed = "97;44", "30;43"
	case Mono:
		p = palette{
			good: "", wait: "1", moves: "", bad: "1;4", unknown: "1;7", old: "2",
			accent: "1", match: "7", focus: "7",
			sandbox: "1", demo: "1", live: "1;7", liveRule: "1",
			jsonKey: "1", jsonString: "", jsonNumber: "", jsonWord: "",
			added: "7", removed: "1;4",
		}
	case Silent, Auto:
		return palette{}
	}
	return p
}
