package forensics

func fixFor(code Cause) string                 { return "" }
func snippetsFor(code Cause) map[string]string { return nil }
func summaryFor(r *Report) string              { return string(r.First()) }
