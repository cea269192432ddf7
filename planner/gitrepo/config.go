package gitrepo

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	gitconfig "github.com/go-git/go-git/v5/plumbing/format/config"
)

// config is what decides how a repository is to be read.
type config struct {
	bare     bool
	worktree string // core.worktree, relative to the git directory
	partial  bool   // objects are fetched when they are needed
}

// readConfig reads the repository's own config file and refuses the formats that
// go-git would misread.
func readConfig(common string) (config, error) {
	data, err := os.ReadFile(filepath.Join(common, "config"))
	if errors.Is(err, fs.ErrNotExist) {
		return config{}, nil // Git takes defaults as well
	}
	if err != nil {
		return config{}, fmt.Errorf("open repository: %w", err)
	}
	raw := gitconfig.New()
	if err := gitconfig.NewDecoder(bytes.NewReader(data)).Decode(raw); err != nil {
		return config{}, fmt.Errorf("open repository: read %s: %w", filepath.Join(common, "config"), err)
	}
	ext := raw.Section("extensions")
	if f := ext.Option("objectformat"); f != "" && !strings.EqualFold(f, "sha1") {
		return config{}, fmt.Errorf("%w: %s names objects by %s; promoctl reads SHA-1 repositories", ErrUnsupported, common, f)
	}
	if f := ext.Option("refstorage"); f != "" && !strings.EqualFold(f, "files") {
		return config{}, fmt.Errorf("%w: %s keeps refs as %s; run: git refs migrate --ref-format=files", ErrUnsupported, common, f)
	}
	return config{
		bare:     isTrue(raw.Section("core").Option("bare")),
		worktree: raw.Section("core").Option("worktree"),
		partial:  isPartial(raw),
	}, nil
}

func isPartial(raw *gitconfig.Config) bool {
	if raw.Section("extensions").Option("partialclone") != "" {
		return true
	}
	for _, remote := range raw.Section("remote").Subsections {
		if isTrue(remote.Option("promisor")) {
			return true
		}
	}
	return false
}

func isTrue(value string) bool {
	switch strings.ToLower(value) {
	case "true", "yes", "on", "1":
		return true
	}
	return false
}
