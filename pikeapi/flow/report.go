package flow

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// Report is what `pikedash flow run --json` prints.
type Report struct {
	Schema  int      `json:"schema"`
	Passed  int      `json:"passed"`
	Failed  int      `json:"failed"`
	Skipped int      `json:"skipped"`
	Results []Result `json:"results"`
}

// NewReport counts the results.
func NewReport(results []Result) Report {
	rep := Report{Schema: 1, Results: results}
	for _, r := range results {
		switch r.Verdict {
		case Passed:
			rep.Passed++
		case Skipped:
			rep.Skipped++
		default:
			rep.Failed++
		}
	}
	return rep
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string     `xml:"classname,attr"`
	Name    string     `xml:"name,attr"`
	Time    string     `xml:"time,attr"`
	Failure *junitText `xml:"failure,omitempty"`
	Skipped *junitText `xml:"skipped,omitempty"`
}

type junitText struct {
	Message string `xml:"message,attr"`
	Body    string `xml:",chardata"`
}

// WriteJUnit writes the report as JUnit XML, which build servers read.
func (r Report) WriteJUnit(w io.Writer) error {
	suite := junitSuite{Name: "pikedash flows", Tests: len(r.Results), Failures: r.Failed, Skipped: r.Skipped}
	var total time.Duration
	for _, res := range r.Results {
		total += res.Took
		c := junitCase{Class: "flow." + res.Flow, Name: res.Flow + " " + res.Version.String(), Time: seconds(res.Took)}
		switch res.Verdict {
		case Skipped:
			c.Skipped = &junitText{Message: res.Reason}
		case Passed:
		default:
			c.Failure = &junitText{Message: res.Reason, Body: steps(res)}
		}
		suite.Cases = append(suite.Cases, c)
	}
	suite.Time = seconds(total)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(suite); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

// steps lists the steps of a run, one a line, with the differences beneath.
func steps(r Result) string {
	var b strings.Builder
	for _, s := range r.Steps {
		fmt.Fprintf(&b, "%-8s %2d %s\n", s.Verdict, s.Index+1, s.Label)
		if s.Err != "" {
			fmt.Fprintf(&b, "            %s\n", s.Err)
		}
		for _, d := range s.Diffs {
			fmt.Fprintf(&b, "            %s: expected %s, seen %s\n", d.Path, d.Expected, d.Seen)
		}
		if s.Note != "" {
			fmt.Fprintf(&b, "            %s\n", s.Note)
		}
	}
	return b.String()
}
