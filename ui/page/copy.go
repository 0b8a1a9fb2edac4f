package page

import (
	"bytes"
	"encoding/json"

	"pikedash/ui/widget"
)

// CopyItem is a line of a menu of what can be copied; what names the text for the toast.
func CopyItem(title, detail, what, text string) widget.Item {
	off := ""
	if text == "" {
		off = "there is none"
	}
	return widget.Item{Title: title, Detail: detail, Off: off, Then: CopyText(what, text)}
}

// RecordJSON is a record as JSON for people to read; empty when it cannot be written.
func RecordJSON(record any) string {
	text, err := marshal(record)
	if err != nil {
		return ""
	}
	return indent(text)
}

// RowJSON is a row of a list as an export writes it, for people to read.
func RowJSON[T any](fields []ExportField[T], row *T) string {
	text, err := jsonRow(fields, row)
	if err != nil {
		return ""
	}
	return indent(text)
}

// marshal writes JSON in which <, > and & stay what they are: it never goes into a web page.
func marshal(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func indent(text []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, text, "", "  ") != nil {
		return ""
	}
	return b.String() + "\n"
}
