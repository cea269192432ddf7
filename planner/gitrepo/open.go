package gitrepo

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// place is where the parts of a repository lie, as absolute paths without symlinks.
type place struct {
	gitDir   string // HEAD and the index of this worktree
	common   string // objects and refs, which linked worktrees share
	worktree string // "" if bare
	prefix   string // of the directory that was opened, within the worktree
}

// Open opens the repository that dir is in: a worktree or a folder of one, a linked
// worktree, a submodule, a bare repository or the .git directory itself. It returns
// ErrNotRepo if there is none and ErrUnsupported for formats that cannot be read. The
// caller closes the Repo.
func Open(dir string) (*Repo, error) {
	abs, err := realDir(dir)
	if err != nil {
		return nil, fmt.Errorf("open repository: %w", err)
	}
	at, err := locate(abs)
	if err != nil {
		return nil, err
	}
	config, err := readConfig(at.common)
	if err != nil {
		return nil, err
	}
	at.adopt(config)
	objects, err := openObjects(at.common)
	if err != nil {
		return nil, err
	}
	return &Repo{place: at, objects: objects, partial: config.partial}, nil
}

func realDir(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	abs, err = filepath.EvalSymlinks(abs)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(abs)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return "", fmt.Errorf("%s is not a directory", dir)
	}
	return abs, nil
}

// locate walks up from dir as Git does.
func locate(dir string) (place, error) {
	for at := dir; ; at = filepath.Dir(at) {
		found, ok, err := locateAt(at)
		if err != nil {
			return place{}, err
		}
		if ok {
			found.setPrefix(dir)
			return found, nil
		}
		if at == filepath.Dir(at) {
			return place{}, fmt.Errorf("%w: %s; run this inside one, or: git init && git add -A && git commit", ErrNotRepo, dir)
		}
	}
}

func locateAt(dir string) (place, bool, error) {
	dot := filepath.Join(dir, ".git")
	info, err := os.Stat(dot)
	switch {
	case err == nil && info.IsDir() && isGitDir(dot):
		dot, err = filepath.EvalSymlinks(dot) // .git may be a symlink
		return place{gitDir: dot, common: commonDir(dot), worktree: dir}, true, err
	case err == nil && info.Mode().IsRegular():
		gitDir, err := followGitFile(dot)
		return place{gitDir: gitDir, common: commonDir(gitDir), worktree: dir}, true, err
	case isGitDir(dir):
		return place{gitDir: dir, common: commonDir(dir)}, true, nil
	}
	return place{}, false, nil
}

// isGitDir applies Git's own test: HEAD, and objects and refs here or in the common
// directory.
func isGitDir(dir string) bool {
	if _, err := os.Lstat(filepath.Join(dir, "HEAD")); err != nil {
		return false
	}
	common := commonDir(dir)
	for _, sub := range []string{"objects", "refs"} {
		if info, err := os.Stat(filepath.Join(common, sub)); err != nil || !info.IsDir() {
			return false
		}
	}
	return true
}

// commonDir follows the commondir file of a linked worktree.
func commonDir(gitDir string) string {
	data, err := os.ReadFile(filepath.Join(gitDir, "commondir"))
	if err != nil {
		return gitDir
	}
	return real(relativeTo(gitDir, strings.TrimSpace(string(data))))
}

// followGitFile reads the .git file that a linked worktree or a submodule has.
func followGitFile(file string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("open repository: %w", err)
	}
	target, ok := strings.CutPrefix(strings.TrimRight(string(data), "\r\n"), "gitdir: ")
	if !ok {
		return "", fmt.Errorf("%w: %s does not say where the repository is", ErrNotRepo, file)
	}
	gitDir := real(relativeTo(filepath.Dir(file), target))
	if !isGitDir(gitDir) {
		return "", fmt.Errorf("%w: %s names %s, which is not there; for a linked worktree: git worktree repair",
			ErrNotRepo, file, target)
	}
	return gitDir, nil
}

func relativeTo(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// real resolves symlinks where it can.
func real(path string) string {
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		return resolved
	}
	return filepath.Clean(path)
}

// setPrefix notes where within the worktree dir lies.
func (p *place) setPrefix(dir string) {
	if rel, err := filepath.Rel(p.worktree, dir); p.worktree != "" && err == nil && rel != "." {
		p.prefix = filepath.ToSlash(rel)
	}
}

// adopt finds the worktree of a repository that was opened by its git directory.
func (p *place) adopt(c config) {
	switch {
	case p.worktree != "" || c.bare:
	case p.gitDir != p.common:
		if data, err := os.ReadFile(filepath.Join(p.gitDir, "gitdir")); err == nil {
			p.worktree = filepath.Dir(relativeTo(p.gitDir, strings.TrimSpace(string(data))))
		}
	case c.worktree != "":
		p.worktree = real(relativeTo(p.gitDir, c.worktree))
	case filepath.Base(p.gitDir) == ".git":
		p.worktree = filepath.Dir(p.gitDir)
	}
}
