package main

import "time"

// The sizes of the pictures, in cells.
const (
	width, height             = 118, 34
	smallWidth, smallHeight   = 80, 24
	exampleCard, exampleOther = "4242424242424242", "Jane Roe"
)

// seeded fills the journal with lifelike payouts and payments: the same ones each time.
func seeded() [][]string {
	return [][]string{{"dev", "seed", "--rows", "600", "--seed", "7", "--now", start}}
}

// shots lists what is photographed.
func shots() []shot {
	screen := func(name, title string, script ...step) shot {
		return shot{
			name: name, title: "pikedash — " + title, width: width, height: height,
			still: &still{}, prepare: seeded(), script: append([]step{wait("SANDBOX", "● hooks")}, script...),
		}
	}
	list := []shot{
		screen("overview", "Overview", ready()),
		screen("sessions", "Sessions", press("1"), ready()),
		screen("session", "a session", press("1"), ready(), press("enter"), ready()),
		screen("new", "New", press("2"), ready(),
			fill(exampleOther), press("tab", "tab"), fill(exampleCard), press("tab"), fill("150.00"), press("tab"), fill("EUR"), wait("signed by"), ready()),
		screen("payouts", "Payouts", press("3"), ready(), press("down", "down", "down"), ready()),
		screen("webhooks", "Webhooks", press("4"), ready()),
		screen("signature", "Signature", press("6"), ready(), press("i"), wait("[5 Signature]"), ready()),
		screen("traffic", "Traffic", press("6"), ready()),
		screen("keys", "Keys", press("7"), ready()),
		screen("flows", "Flows", press("8"), ready()),
		screen("help", "Help", press("3"), ready(), press("?"), ready()),
		screen("palette", "Palette", press("3"), ready(), press("ctrl+p"), typed("conf"), ready()),
	}
	list = append(list, invalid(screen), unknown())
	light, plain, small := list[0], list[0], list[0]
	light.name, light.light = "overview-light", true
	plain.name, plain.noColor = "overview-no-color", true
	small.name, small.width, small.height = "overview-80x24", smallWidth, smallHeight
	small.script = []step{wait("SANDBOX", "wait for you"), ready()}
	return append(list, light, plain, small, journey())
}

// invalid is a signature over a body with one newline too many, as echo makes it.
func invalid(screen func(name, title string, script ...step) shot) shot {
	s := screen("invalid", "an invalid signature", press("5"), ready(), press("o"), ready(), fill("~/"+bodyFile), press("enter"), ready(),
		press("s"), ready(), fill(echoed()), press("enter"), wait("INVALID"), ready())
	return s
}

// unknown is a payout whose answer was lost.
func unknown() shot {
	return shot{
		name: "unknown", title: "pikedash — an outcome nobody knows", width: width, height: height, still: &still{server: true},
		script: []step{wait("SANDBOX", "● hooks"), ready(),
			press("ctrl+t"), ready(), press("down", "down", "down", "down", "down", "down", "down", "down", "enter"), wait("lost_answer"), press("enter"), ready(),
			press("enter"), ready(), press("enter"), wait("in force"), press("2"), ready(),
			fill(exampleOther), press("tab", "tab"), fill(exampleCard), press("tab"), fill("1500.00"), press("tab"), fill("EUR"), wait("signed by"), ready(),
			press("ctrl+s"), answer("[ Send  y ]", "y"), ready(), press("u"), wait("UNKNOWN"), pass(3 * time.Minute), wait("3 min ago"), ready()},
	}
}

// journey is the main one: a payout from the form to the list, and its signature.
func journey() shot {
	const key, glance, look = 90 * time.Millisecond, 700 * time.Millisecond, 1800 * time.Millisecond
	script := []step{wait("SANDBOX", "● hooks"), ready(), show(glance), press("2"), ready(), show(glance)}
	for _, text := range []string{exampleOther, "", exampleCard, "150.00", "EUR"} {
		script = append(script, filmed(text, key), ready(), show(key), press("tab"))
	}
	script = append(script, ready(), show(look),
		press("ctrl+s"), wait("[ Send  y ]"), show(look), answer("[ Send  y ]", "y"), wait("accepted by Pike"), ready(), show(glance),
		pass(time.Second), wait("waits for you: confirm"), pass(2*time.Second), ready(), show(look),
		press("3"), ready(), show(glance), press("c"), wait("[ Confirm  y ]"), show(look), answer("[ Confirm  y ]", "y"), ready(), show(glance),
		pass(2*time.Second), wait("✓ succeeded"), ready(), show(look),
		press("6"), ready(), show(glance), press("i"), wait("[5 Signature]", "VALID"), ready(), show(2*look),
	)
	return shot{
		name: "journey", title: "pikedash", width: 100, height: 28, film: true, still: &still{server: true}, script: script,
	}
}

// fill puts a value into the field in front.
func fill(value string) step { return func(c *camera) error { return c.Paste(value) } }

// quiet is how long nothing may change until a screen is taken to be complete.
const quiet = 400 * time.Millisecond

// ready waits until nothing has changed for a while: the parts of a screen come one after the other.
func ready() step { return func(c *camera) error { return c.SettleFor(quiet) } }
