package command

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"pikedash/pikeapi"
)

// execute runs the verb and turns a panic into an error: Go's own text would show the panic's value as it
// is, and end with the exit code of a wrong usage, as if nothing could have been sent.
func (a *app) execute(ctx context.Context, root *cobra.Command) (err error) {
	defer func() {
		if p := recover(); p != nil {
			a.err.block(pikeapi.MaskText(string(debug.Stack()))) // places, not contents
			err = &fault{exit: exitFailure, category: "internal", code: "crash", message: fmt.Sprintf("a fault of the program: %v", p),
				hint: "a request may have been on its way: pikedash unknown list shows what is not settled"}
		}
	}()
	return root.ExecuteContext(ctx)
}
