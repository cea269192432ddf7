package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/gitrepo"
	"github.com/promoctl/promoctl/spec"
)

// validated is what promoctl validate reads: a folder on disk, or a commit.
type validated struct {
	what string // for messages
	read spec.ReadFile
	src  spec.Source
	only string // report this file's problems only, by its path in the data repository; "": all
	done func()
}

// validateSource says what the argument means. A name that is both a revision and a file
// is the file only inside of a worktree: a bare repository has a file HEAD too.
func (a *app) validateSource(ctx context.Context, args []string) (validated, error) {
	w, notRepo := a.open()
	if len(args) == 0 {
		if notRepo == nil && w.repo.Worktree() == "" && !isFile(filepath.Join(w.root, spec.PipelineFile)) {
			return w.validateCommit(ctx, "HEAD")
		}
		closeUnused(w)
		dir := a.findRoot()
		return validated{dir, dirReader(dir), spec.DirSource(dir), "", func() {}}, nil
	}
	path := a.path(args[0])
	info, missing := os.Stat(path)
	if missing == nil && (notRepo != nil || inWorktree(w.repo, path)) {
		closeUnused(w)
		return a.validatePath(args[0], path, info.IsDir())
	}
	if notRepo != nil {
		return validated{}, notRepo
	}
	if _, err := w.repo.Resolve(ctx, args[0]); err != nil && missing == nil {
		closeUnused(w)
		return a.validatePath(args[0], path, info.IsDir())
	}
	return w.validateCommit(ctx, args[0])
}

func closeUnused(w *workspace) {
	if w != nil {
		w.Close()
	}
}

func isFile(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// inWorktree reports whether a path lies in the files of a repository's worktree.
func inWorktree(repo *gitrepo.Repo, path string) bool {
	below := func(dir string) bool {
		rel, err := filepath.Rel(dir, path)
		return err == nil && filepath.IsLocal(rel)
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return repo.Worktree() != "" && below(repo.Worktree()) && !below(repo.GitDir())
}

// validatePath reads the data repository that a folder or a file is in.
func (a *app) validatePath(name, path string, dir bool) (validated, error) {
	sub := &app{environment: a.environment}
	if sub.dir = path; !dir {
		sub.dir = filepath.Dir(path)
	}
	root := sub.findRoot()
	v := validated{name, dirReader(root), spec.DirSource(root), "", func() {}}
	if dir {
		return v, nil
	}
	rel, err := filepath.Rel(root, path)
	v.only = filepath.ToSlash(rel)
	return v, err
}

func (w *workspace) validateCommit(ctx context.Context, rev string) (validated, error) {
	v := validated{done: func() { w.Close() }}
	commit, err := w.resolve(ctx, rev)
	if err == nil {
		var p *planner.Planner
		if p, err = w.newPlanner(planner.Config{}); err == nil {
			v.what, v.read, v.src = "commit "+commit.Short(), p.ReadFile(ctx, commit.Hash), p.Source(commit.Hash)
			return v, nil
		}
	}
	w.Close()
	return v, err
}

// taken checks that a file that was named holds data, or says what data looks like:
// nothing would be known about it otherwise.
func (v validated) taken(p *spec.Pipeline) error {
	if v.only == "" || p == nil || v.only == spec.PipelineFile {
		return nil
	}
	var patterns []string
	for _, d := range p.Datasets {
		if d.Matches(v.only) || d.SchemaFile == v.only {
			return nil
		}
		patterns = append(patterns, d.Patterns()...)
	}
	return fmt.Errorf("no dataset takes %s, so it is not data; the files of datasets are %s", v.what, strings.Join(patterns, ", "))
}

// own returns the problems that are reported, and how many there are elsewhere. While the
// pipeline file is wrong nobody knows what is right in any other file.
func (v validated) own(problems spec.Problems) (shown spec.Problems, elsewhere int) {
	if v.only == "" {
		return problems, 0
	}
	for _, p := range problems {
		if p.File == v.only || p.File == spec.PipelineFile {
			shown = append(shown, p)
		}
	}
	return shown, len(problems) - len(shown)
}
