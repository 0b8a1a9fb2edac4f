// Command pikedash is a terminal dashboard and command line for the Pike Payments partner API.
package main

import (
	"os"

	"pikedash/ui/command"
)

func main() {
	os.Exit(command.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
