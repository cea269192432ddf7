package main

import "github.com/spf13/cobra"

func (a *app) demoCommand() *cobra.Command   { return &cobra.Command{Use: "demo"} }
func (a *app) initCommand() *cobra.Command   { return &cobra.Command{Use: "init"} }
func (a *app) importCommand() *cobra.Command { return &cobra.Command{Use: "import"} }
