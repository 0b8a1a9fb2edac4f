package keymap

// Map is every binding of the dashboard, by the place where it works.
type Map struct {
	Global Global
	Always Always
	Move   Move
	Scroll Move
	List   List
	Filter Filter
	Text   Text
	Form   Form
	Dialog Dialog
	JSON   JSON

	Overview  Overview
	Sessions  Sessions
	Create    Create
	Payouts   Payouts
	Webhooks  Webhooks
	Signature Signature
	Traffic   Traffic
	Keyring   Keyring
	Flows     Flows
	Unknown   Unknown
}

// Always works everywhere, also while text is typed.
type Always struct {
	Quit    Binding // ends the program
	Suspend Binding // gives the terminal back to the shell for a while
	Palette Binding // opens the palette
}

// Global works wherever no text is typed.
type Global struct {
	Help         Binding
	Palette      Binding
	Environments Binding
	Activity     Binding
	Unknown      Binding
	Controls     Binding
	Lock         Binding
	Unlock       Binding
	Times        Binding
	Back         Binding
	Previous     Binding
	Leave        Binding
	Screen0      Binding
	Screen1      Binding
	Screen2      Binding
	Screen3      Binding
	Screen4      Binding
	Screen5      Binding
	Screen6      Binding
	Screen7      Binding
	Screen8      Binding
	Screen9      Binding
}

// Screens returns the bindings of the digits, by digit.
func (g Global) Screens() []Binding {
	return []Binding{
		g.Screen0, g.Screen1, g.Screen2, g.Screen3, g.Screen4,
		g.Screen5, g.Screen6, g.Screen7, g.Screen8, g.Screen9,
	}
}

// Move is the way through rows and lines. Map.Move has letters as well, Map.Scroll has none, for
// places where letters mean something else.
type Move struct {
	Up       Binding
	Down     Binding
	PageUp   Binding
	PageDown Binding
	HalfUp   Binding
	HalfDown Binding
	Top      Binding
	Bottom   Binding
}

// List works in every list.
type List struct {
	Open        Binding
	Filter      Binding
	Sort        Binding
	SortReverse Binding
	Mark        Binding
	MarkRange   Binding
	MarkAll     Binding
	Refresh     Binding
	Copy        Binding
	CopyMenu    Binding
	NextTab     Binding
	PrevTab     Binding
	NextPane    Binding
	PrevPane    Binding
	JumpTo      Binding
	Columns     Binding
	Totals      Binding
	Export      Binding
	SaveView    Binding
	Follow      Binding
}

// Filter works while a filter is typed.
type Filter struct {
	Accept   Binding
	Cancel   Binding
	Complete Binding
	Next     Binding
	Prev     Binding
}

// Text works in every text field.
type Text struct {
	Left       Binding
	Right      Binding
	WordLeft   Binding
	WordRight  Binding
	Start      Binding
	End        Binding
	Back       Binding
	Delete     Binding
	KillWord   Binding
	KillBefore Binding
	KillAfter  Binding
}

// Form works in every form.
type Form struct {
	Next   Binding
	Prev   Binding
	Enter  Binding
	Up     Binding
	Down   Binding
	Left   Binding
	Right  Binding
	Toggle Binding
	Submit Binding
	Edit   Binding
	Leave  Binding
}

// Dialog works in every dialog.
type Dialog struct {
	Yes    Binding // the key that says yes where no amount is typed
	YesToo Binding // stands in for Yes where Yes opened the dialog
	No     Binding
	Accept Binding
	Cancel Binding
	Next   Binding
	Prev   Binding
}

// JSON works in every view of a body.
type JSON struct {
	Fold      Binding
	FoldAll   Binding
	UnfoldAll Binding
	Raw       Binding
	Search    Binding
	NextMatch Binding
	PrevMatch Binding
	CopyPath  Binding
	CopyValue Binding
	Left      Binding
	Right     Binding
}
