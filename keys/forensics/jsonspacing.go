package forensics

import "strings"

// spacing is one way to place white space between tokens.
type spacing struct {
	name   string
	comma  string // after a comma on one line
	colon  string
	unit   string // indent of one level; with lines set
	lines  bool   // one member a line
	flat   bool   // arrays stay on one line, as Jackson prints them
	pad    string // inside brackets on one line
	hollow string // inside empty brackets

	indents string // a line end and sixteen levels of unit
}

// spacings are the habits of common serializers. Read only.
var spacings = withIndents([]spacing{
	{name: "with its white space kept"},
	{name: "compact", colon: ":"},
	{name: "with Python's default separators (\", \" and \": \")", comma: " ", colon: ": "},
	{name: "indented by 2 spaces", unit: "  ", lines: true, colon: ": "},
	{name: "indented by 4 spaces", unit: "    ", lines: true, colon: ": "},
	{name: "indented by tabs", unit: "\t", lines: true, colon: ": "},
	{name: "with a space after each comma", comma: " ", colon: ":"},
	{name: "with a space after each colon", colon: ": "},
	{name: "with one member a line", lines: true, colon: ": "},
	{name: "indented by 1 space", unit: " ", lines: true, colon: ": "},
	{name: "indented by 3 spaces", unit: "   ", lines: true, colon: ": "},
	{name: "as Jackson's pretty printer writes it", unit: "  ", lines: true, colon: " : ", flat: true, pad: " ", hollow: " "},
	{name: "padded on one line", comma: " ", colon: ": ", pad: " "},
	{name: "padded on one line, colons too", comma: " ", colon: " : ", pad: " ", hollow: " "},
	{name: "indented by 3 spaces with spaced colons", unit: "   ", lines: true, colon: " : "},
	{name: "indented by 2 spaces with spaced colons", unit: "  ", lines: true, colon: " : "},
	{name: "indented by 4 spaces with spaced colons", unit: "    ", lines: true, colon: " : "},
	{name: "indented by 2 spaces with tight colons", unit: "  ", lines: true, colon: ":"},
	{name: "indented by 4 spaces with tight colons", unit: "    ", lines: true, colon: ":"},
	{name: "with one member a line and tight colons", lines: true, colon: ":"},
	{name: "indented by tabs with tight colons", unit: "\t", lines: true, colon: ":"},
	{name: "indented by 8 spaces", unit: "        ", lines: true, colon: ": "},
	{name: "with spaces around colons", comma: " ", colon: " : "},
})

func withIndents(list []spacing) []spacing {
	for i := range list {
		list[i].indents = "\n" + strings.Repeat(list[i].unit, 16)
	}
	return list
}

// Indexes into spacings that the generator names.
const (
	spaceKeep = iota
	spaceCompact
	spacePython
	space2
	space4
	spaceTab
	spaceComma
	spaceColon
	spaceLines
	spaceJackson = 11
	spacePerl    = 14
)
