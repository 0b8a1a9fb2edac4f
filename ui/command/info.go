package command

import (
	"os"

	"github.com/spf13/cobra"

	"pikedash/config"
)

// place is a path of the program and what is there.
type place struct {
	Name   string `json:"name"`
	Path   string `json:"path"`
	Exists bool   `json:"exists"`
	Mode   string `json:"mode,omitempty"`
}

func (a *app) infoVerb() *cobra.Command {
	return &cobra.Command{
		Use: "info", Short: "Print every path and where each setting comes from", Args: cobra.NoArgs,
		Long:    "Prints every path that the program uses, and every setting with its origin: flag, variable, file or default.",
		Example: "pikedash info\nPIKEDASH_PROFILE=demo pikedash info --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.config(cmd)
			if err != nil {
				return err
			}
			places, entries := placesOf(s), s.Entries()
			if a.flags.json {
				a.out.object(struct {
					Schema   int            `json:"schema"`
					Version  string         `json:"version"`
					Paths    []place        `json:"paths"`
					Settings []config.Entry `json:"settings"`
				}{1, version, places, entries})
				return nil
			}
			rows := [][]string{{"PATH", "MODE", "WHERE"}}
			for _, p := range places {
				mode := p.Mode
				if !p.Exists {
					mode = "none"
				}
				rows = append(rows, []string{p.Name, mode, p.Path})
			}
			a.out.table(rows)
			a.out.line("")
			rows = [][]string{{"SETTING", "VALUE", "FROM"}}
			for _, e := range entries {
				rows = append(rows, []string{e.Key, e.Value, e.Origin})
			}
			a.out.table(rows)
			return nil
		},
	}
}

// placesOf lists the paths of the program.
func placesOf(s *config.Settings) []place {
	p := s.Paths
	out := []place{
		{Name: "settings", Path: s.File.Value}, {Name: "config folder", Path: p.Config}, {Name: "keys", Path: p.Keys()},
		{Name: "flows", Path: p.Flows()}, {Name: "state folder", Path: p.State}, {Name: "journals", Path: p.Journals()},
		{Name: "sandbox", Path: p.Sandbox()}, {Name: "log", Path: p.Log()}, {Name: "data folder", Path: p.Data},
		{Name: "cache folder", Path: p.Cache},
	}
	for i := range out {
		if _, err := os.Stat(out[i].Path); err == nil {
			out[i].Exists, out[i].Mode = true, fileMode(out[i].Path)
		}
	}
	return out
}
