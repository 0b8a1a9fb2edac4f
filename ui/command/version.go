package command

import (
	goruntime "runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// version is set when the program is linked.
var version = "dev"

func (a *app) versionVerb() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs, Example: "pikedash version\npikedash version --json",
		RunE: func(*cobra.Command, []string) error {
			if a.flags.json {
				a.out.object(struct {
					Schema   int    `json:"schema"`
					Version  string `json:"version"`
					Go       string `json:"go"`
					Platform string `json:"platform"`
				}{1, version, goruntime.Version(), goruntime.GOOS + "/" + goruntime.GOARCH})
				return nil
			}
			a.out.line("pikedash %s (%s, %s/%s)", version, goruntime.Version(), goruntime.GOOS, goruntime.GOARCH)
			return nil
		},
	}
}

func (a *app) completionVerb() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use: "completion SHELL", Short: "Print a completion script: bash, zsh, fish or powershell",
		Args: cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs), ValidArgs: shells, DisableFlagsInUseLine: true,
		Example: "source <(pikedash completion bash)\npikedash completion zsh > \"${fpath[1]}/_pikedash\"",
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.out, true)
			case "zsh":
				return root.GenZshCompletion(a.out)
			case "fish":
				return root.GenFishCompletion(a.out, true)
			}
			return root.GenPowerShellCompletionWithDesc(a.out)
		},
	}
}

// sbomVerb prints the parts that the program was built from, as CycloneDX 1.5; make dist uses it.
func (a *app) sbomVerb() *cobra.Command {
	return &cobra.Command{
		Use: "sbom", Short: "Print the parts of this program as CycloneDX JSON", Args: cobra.NoArgs, Hidden: true,
		RunE: func(*cobra.Command, []string) error {
			info, ok := debug.ReadBuildInfo()
			if !ok {
				return &fault{exit: exitFailure, category: "internal", code: "sbom", message: "the program holds no build information"}
			}
			a.out.object(sbom(info))
			return nil
		},
	}
}

type sbomComponent struct {
	Type    string `json:"type"`
	Ref     string `json:"bom-ref"`
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl,omitempty"`
}

type sbomDocument struct {
	Format     string          `json:"bomFormat"`
	Spec       string          `json:"specVersion"`
	Version    int             `json:"version"`
	Metadata   sbomMetadata    `json:"metadata"`
	Components []sbomComponent `json:"components"`
}

type sbomMetadata struct {
	Component sbomComponent `json:"component"`
}

// sbom describes a build. Go's module hashes are over file trees, so they are not given as the
// hashes of files that CycloneDX knows.
func sbom(info *debug.BuildInfo) sbomDocument {
	d := sbomDocument{Format: "CycloneDX", Spec: "1.5", Version: 1, Components: []sbomComponent{}}
	d.Metadata.Component = sbomComponent{Type: "application", Ref: info.Main.Path, Name: info.Main.Path, Version: version}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		purl := "pkg:golang/" + m.Path + "@" + strings.ReplaceAll(m.Version, "+", "%2B")
		d.Components = append(d.Components, sbomComponent{Type: "library", Ref: purl, Name: m.Path, Version: m.Version, PURL: purl})
	}
	std := "pkg:golang/stdlib@" + strings.TrimPrefix(info.GoVersion, "go")
	d.Components = append(d.Components, sbomComponent{Type: "library", Ref: std, Name: "stdlib", Version: info.GoVersion, PURL: std})
	return d
}
