package main

import "github.com/spf13/cobra"

// commands lists all commands in the order of a person's work.
func (a *app) commands() []*cobra.Command {
	return []*cobra.Command{
		a.demoCommand(),
		a.initCommand(),
		a.importCommand(),
		a.validateCommand(),
		a.planCommand(),
		a.initStoreCommand(),
		a.applyCommand(),
		a.statusCommand(),
		a.historyCommand(),
		a.verifyCommand(),
		a.rollbackCommand(),
	}
}
