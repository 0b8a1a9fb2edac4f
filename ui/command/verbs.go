package command

import "github.com/spf13/cobra"

// verbs lists the verbs in the order of the help.
func (a *app) verbs() []*cobra.Command {
	return []*cobra.Command{
		a.sendVerb(), a.payoutsVerb(), a.sessionsVerb(), a.unknownVerb(), a.prepareVerb(), a.approveVerb(),
		a.signVerb(), a.verifyVerb(), a.explainVerb(), a.keysVerb(),
		a.listenVerb(), a.sandboxVerb(), a.flowVerb(),
		a.journalVerb(), a.evidenceVerb(), a.infoVerb(), a.devVerb(),
		a.versionVerb(), a.completionVerb(), a.manVerb(), a.sbomVerb(),
	}
}
