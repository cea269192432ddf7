package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/stores"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/gitrepo"
	"github.com/promoctl/promoctl/spec"
)

// workspace is an open data repository.
type workspace struct {
	*app
	repo        *gitrepo.Repo
	root        string                      // where relative paths of stores start: the pipeline file's folder, or the bare repository
	rollingBack bool                        // the command takes a commit back
	planners    map[string]*planner.Planner // by the commit that they were made for
	current     *session                    // the last one that was opened
}

// open opens the data repository that the working directory is in.
func (a *app) open() (*workspace, error) {
	root := a.findRoot()
	repo, err := gitrepo.Open(root)
	if err != nil {
		return nil, err
	}
	return &workspace{app: a, repo: repo, root: root}, nil
}

// findRoot returns the nearest folder, from the working directory up, with a pipeline
// file; the working directory itself if there is none.
func (a *app) findRoot() string {
	for dir := a.dir; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, spec.PipelineFile)); err == nil {
			return dir
		}
		_, err := os.Stat(filepath.Join(dir, ".git"))
		if err == nil || dir == filepath.Dir(dir) {
			return a.dir // the pipeline file never stands above the repository
		}
	}
}

func (w *workspace) Close() error { return w.repo.Close() }

// session is a workspace with everything that the pipeline file of one commit declares.
type session struct {
	*workspace
	target   planner.Commit
	pipeline *spec.Pipeline
	planner  *planner.Planner
	engine   *applier.Engine // nil if the session is for planning only
	opened   []applier.Member
}

// newPlanner returns a planner without keys, good enough to read the pipeline file.
func (w *workspace) newPlanner(c planner.Config) (*planner.Planner, error) {
	c.Repo, c.Prefix, c.Env, c.CacheDir = w.repo, w.repo.Prefix(), w.envName, w.repo.CacheDir()
	return planner.New(c)
}

// plan opens a session that plans commits and knows no stores. Sessions for the same
// commit share what the planner has read: a rollback looks before it releases.
func (w *workspace) plan(ctx context.Context, target planner.Commit) (*session, error) {
	s := &session{workspace: w, target: target}
	w.current = s
	if s.planner = w.planners[target.Hash]; s.planner != nil {
		var err error
		s.pipeline, err = s.planner.Pipeline(ctx, target.Hash)
		return s, err
	}
	p, err := w.newPlanner(planner.Config{})
	if err != nil {
		return nil, err
	}
	if s.pipeline, err = p.Pipeline(ctx, target.Hash); err != nil {
		return nil, w.orUnknownEnv(err, p.ReadFile(ctx, target.Hash))
	}
	live := func(ctx context.Context) []string { return w.current.liveBefore(ctx) }
	if s.planner, err = w.newPlanner(planner.Config{DigestKey: w.digestKey(s.pipeline), LiveBefore: live}); err != nil {
		return nil, err
	}
	if w.planners == nil {
		w.planners = map[string]*planner.Planner{}
	}
	w.planners[target.Hash] = s.planner
	return s, nil
}

// atHead runs a command that only reads stores, with the pipeline file of HEAD.
func (a *app) atHead(ctx context.Context, do func(*session) error) error {
	w, err := a.open()
	if err != nil {
		return err
	}
	defer w.Close()
	head, err := w.resolve(ctx, "")
	if err != nil {
		return err
	}
	s, err := w.plan(ctx, head)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.connect(discardRecorder{}); err != nil {
		return err
	}
	return do(s)
}

// digestKey is the secret that keys the digests of sensitive records. Without one, the
// pipeline's name at least keeps equal values of two pipelines apart.
func (w *workspace) digestKey(p *spec.Pipeline) []byte {
	if p.DigestKey != "" {
		if key, err := spec.Expand(p.DigestKey, w.getenv); err == nil {
			return []byte(key)
		}
	}
	return []byte("promoctl pipeline " + p.Name)
}

// connect opens the stores of a session and the engine that drives them. A store that
// cannot be opened is as good as down: it fails when it is asked.
func (s *session) connect(rec applier.Recorder) error {
	if len(s.pipeline.Stores) == 0 {
		return fmt.Errorf("%s declares no stores; add stores: with a name, a driver and a url", spec.PipelineFile)
	}
	id := applier.Identity{Pipeline: s.pipeline.Name, Env: s.pipeline.Env}
	var members []applier.Member
	for _, st := range s.pipeline.Stores {
		store, err := stores.Open(st, id, s.root, s.getenv)
		if err != nil {
			store = brokenStore{err}
		}
		members = append(members, applier.Member{
			Name: st.Name, Store: store, Required: st.IsRequired(), MaxLag: time.Duration(st.MaxLag), Wave: st.Wave,
		})
	}
	s.opened = members
	var err error
	s.engine, err = applier.New(applier.Config{
		Identity: id, Members: members, Planner: s.planner, Recorder: rec,
		OnFailure: applier.FailurePolicy(s.pipeline.Release.OnFailure),
		Deadline:  time.Duration(s.pipeline.Release.Deadline), Lease: time.Duration(s.pipeline.Release.Lease),
		Gates: gates(s.pipeline.Release.Gates), Now: s.now,
	})
	return err
}

func gates(declared []spec.Gate) []applier.Gate {
	out := make([]applier.Gate, len(declared))
	for i, g := range declared {
		out[i] = applier.Gate{BeforeWave: g.BeforeWave, Wait: time.Duration(g.Wait)}
	}
	return out
}

// Close closes the stores.
func (s *session) Close() error {
	var errs []error
	for _, m := range s.opened {
		if c, ok := m.Store.(io.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// resolveHead returns the commit that commands work on by default.
func (w *workspace) resolve(ctx context.Context, rev string) (planner.Commit, error) {
	if rev == "" {
		rev = "HEAD"
	}
	return w.repo.Resolve(ctx, rev)
}
