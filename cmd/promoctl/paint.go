package main

import (
	"charm.land/lipgloss/v2"

	"github.com/promoctl/promoctl/planner"
)

// paint returns the function that colors text, or nil when there are to be no colors.
func (a *app) paint() func(planner.Role, string) string {
	if !a.color {
		return nil
	}
	style := func(color string) lipgloss.Style { return lipgloss.NewStyle().Foreground(lipgloss.Color(color)) }
	styles := map[planner.Role]lipgloss.Style{
		planner.RoleCreate:  style("2"),
		planner.RoleUpdate:  style("3"),
		planner.RoleDelete:  style("1"),
		planner.RoleDeny:    style("1").Bold(true),
		planner.RoleApprove: style("3").Bold(true),
		planner.RoleWarn:    style("3"),
		planner.RoleHeading: lipgloss.NewStyle().Bold(true),
		planner.RoleFaint:   lipgloss.NewStyle().Faint(true),
	}
	return func(r planner.Role, s string) string { return styles[r].Render(s) }
}

// colored colors text if colors are on.
func (a *app) colored(r planner.Role, s string) string {
	if p := a.paint(); p != nil {
		return p(r, s)
	}
	return s
}
