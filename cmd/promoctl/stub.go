package main

import "github.com/spf13/cobra"

func (a *app) importCommand() *cobra.Command { return &cobra.Command{Use: "import"} }
