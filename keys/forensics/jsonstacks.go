package forensics

// stacks are the whole habits of common serializers, the likeliest first: what a program does that
// parses the body and writes it again. Read only.
var stacks = []style{
	// Python: json.dumps, plain and with ensure_ascii=False, separators=(",", ":") and indent.
	{spacing: spacePython, slash: slashPlain, unicode: unicodeLower, html: htmlPlain, control: controlShort, number: numberPython},
	{spacing: spacePython, slash: slashPlain, unicode: unicodeRaw, html: htmlPlain, control: controlShort, number: numberPython},
	{spacing: spaceCompact, slash: slashPlain, unicode: unicodeLower, html: htmlPlain, control: controlShort, number: numberPython},
	{spacing: spaceCompact, slash: slashPlain, unicode: unicodeRaw, html: htmlPlain, control: controlShort, number: numberPython},
	{spacing: space2, slash: slashPlain, unicode: unicodeLower, html: htmlPlain, control: controlShort, number: numberPython},
	{spacing: space4, slash: slashPlain, unicode: unicodeLower, html: htmlPlain, control: controlShort, number: numberPython},
	{spacing: space2, slash: slashPlain, unicode: unicodeRaw, html: htmlPlain, control: controlShort, number: numberPython},
	{spacing: space4, slash: slashPlain, unicode: unicodeRaw, html: htmlPlain, control: controlShort, number: numberPython},
	{spacing: spaceTab, slash: slashPlain, unicode: unicodeLower, html: htmlPlain, control: controlShort, number: numberPython},
	// JavaScript: JSON.stringify, plain and with an indent.
	{spacing: spaceCompact, slash: slashPlain, unicode: unicodeRaw, html: htmlPlain, control: controlShort, number: numberJS},
	{spacing: space2, slash: slashPlain, unicode: unicodeRaw, html: htmlPlain, control: controlShort, number: numberJS},
	{spacing: space4, slash: slashPlain, unicode: unicodeRaw, html: htmlPlain, control: controlShort, number: numberJS},
	{spacing: spaceTab, slash: slashPlain, unicode: unicodeRaw, html: htmlPlain, control: controlShort, number: numberJS},
	// PHP: json_encode with its flags.
	{spacing: spaceCompact, slash: slashEscape, unicode: unicodeLower, html: htmlPlain, control: controlShort, number: numberPHP},
	{spacing: spaceCompact, slash: slashEscape, unicode: unicodeLower, html: htmlPlain, control: controlShort, number: numberPHP, empties: emptyList},
	{spacing: spaceCompact, slash: slashPlain, unicode: unicodeLower, html: htmlPlain, control: controlShort, number: numberPHP},
	{spacing: spaceCompact, slash: slashEscape, unicode: unicodeRaw, html: htmlPlain, control: controlShort, number: numberPHP},
	{spacing: spaceCompact, slash: slashPlain, unicode: unicodeRaw, html: htmlPlain, control: controlShort, number: numberPHP, empties: emptyList},
	{spacing: spaceCompact, slash: slashEscape, unicode: unicodeLower, html: htmlPlain, control: controlShort, number: numberPHPZero},
	{spacing: spaceCompact, slash: slashEscape, unicode: unicodeLower, html: htmlPlain, control: controlShort, number: numberPHPZero, empties: emptyList},
	{spacing: space4, slash: slashEscape, unicode: unicodeLower, html: htmlPlain, control: controlShort, number: numberPHP},
	{spacing: space4, slash: slashEscape, unicode: unicodeLower, html: htmlPlain, control: controlShort, number: numberPHP, empties: emptyList},
	{spacing: space4, slash: slashEscape, unicode: unicodeRaw, html: htmlPlain, control: controlShort, number: numberPHP},
	{spacing: space4, slash: slashPlain, unicode: unicodeRaw, html: htmlPlain, control: controlShort, number: numberPHP},
	{spacing: spaceCompact, slash: slashEscape, unicode: unicodeLower, html: htmlPHP, control: controlShort, number: numberPHP},
	{spacing: spaceCompact, slash: slashEscape, unicode: unicodeLower, html: htmlPlain, control: controlShort, number: numberPHPOld},
	// Go: json.Marshal, an Encoder without HTML escapes, MarshalIndent.
	{spacing: spaceCompact, slash: slashPlain, unicode: unicodeRaw, html: htmlGo, control: controlShort, number: numberGo},
	{spacing: spaceCompact, slash: slashPlain, unicode: unicodeRaw, html: htmlLine, control: controlShort, number: numberGo},
	{spacing: space2, slash: slashPlain, unicode: unicodeRaw, html: htmlGo, control: controlShort, number: numberGo},
	{spacing: spaceTab, slash: slashPlain, unicode: unicodeRaw, html: htmlGo, control: controlShort, number: numberGo},
	// .NET: System.Text.Json, Newtonsoft with and without indent, the old JavaScriptSerializer.
	{spacing: spaceCompact, slash: slashPlain, unicode: unicodeUpper, html: htmlNet, control: controlShort},
	{spacing: space2, slash: slashPlain, unicode: unicodeUpper, html: htmlNet, control: controlShort},
	{spacing: spaceCompact, slash: slashPlain, unicode: unicodeRaw, html: htmlPlain, control: controlShort, number: numberPHPZero},
	{spacing: spaceCompact, slash: slashPlain, unicode: unicodeRaw, html: htmlOld, control: controlShort},
	// Java: Jackson, its pretty printer and ASCII escapes, Gson, org.json.
	{spacing: spaceCompact, slash: slashPlain, unicode: unicodeRaw, html: htmlPlain, control: controlShort, number: numberJava},
	{spacing: spaceJackson, slash: slashPlain, unicode: unicodeRaw, html: htmlPlain, control: controlShort, number: numberJava},
	{spacing: spaceCompact, slash: slashPlain, unicode: unicodeUpper, html: htmlPlain, control: controlShort, number: numberJava},
	{spacing: spaceCompact, slash: slashPlain, unicode: unicodeRaw, html: htmlGson, control: controlShort, number: numberJava},
	{spacing: space2, slash: slashPlain, unicode: unicodeRaw, html: htmlGson, control: controlShort, number: numberJava},
	{spacing: spaceCompact, slash: slashClosing, unicode: unicodeRaw, html: htmlPlain, control: controlShort, number: numberJS},
	// Ruby, Rails and jq.
	{spacing: spaceCompact, slash: slashPlain, unicode: unicodeRaw, html: htmlGo, control: controlShort, number: numberPython},
	{spacing: space2, slash: slashPlain, unicode: unicodeRaw, html: htmlPlain, control: controlShort, number: numberJQ},
	{spacing: spaceCompact, slash: slashPlain, unicode: unicodeRaw, html: htmlPlain, control: controlShort, number: numberJQ},
	{spacing: spaceCompact, slash: slashPlain, unicode: unicodeLower, html: htmlPlain, control: controlShort, number: numberJQ},
	// Perl: JSON::PP and JSON::XS, plain and pretty.
	{spacing: spaceCompact, slash: slashPlain, unicode: unicodeRaw, html: htmlPlain, control: controlShort, number: numberPerl},
	{spacing: spacePerl, slash: slashPlain, unicode: unicodeRaw, html: htmlPlain, control: controlShort, number: numberPerl},
}
