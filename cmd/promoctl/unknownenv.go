package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/promoctl/promoctl/spec"
)

// unknownEnv is the usage error of an environment that the pipeline file does not
// declare, or nil. It names what said so, the flag or the variable.
func (a *app) unknownEnv(read spec.ReadFile) error {
	names := spec.EnvironmentNames(read)
	if a.envName == "" || slices.Contains(names, a.envName) {
		return nil
	}
	said, without := "--env "+a.envName, "run without --env"
	if a.envFromVariable {
		said, without = "PROMOCTL_ENV="+a.envName, "unset PROMOCTL_ENV"
	}
	if len(names) == 0 {
		return usageError(fmt.Errorf("%s: %s declares no environments; %s", said, spec.PipelineFile, without))
	}
	return usageError(fmt.Errorf("%s: %s does not declare that environment; write one of %s", said, spec.PipelineFile, strings.Join(names, ", ")))
}

// orUnknownEnv turns the problem that a pipeline file has with the environment into one
// of whoever chose it.
func (a *app) orUnknownEnv(err error, read spec.ReadFile) error {
	var problems spec.Problems
	if errors.As(err, &problems) {
		if unknown := a.unknownEnv(read); unknown != nil {
			return unknown
		}
	}
	return err
}
