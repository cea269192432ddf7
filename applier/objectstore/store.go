package objectstore

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/promoctl/promoctl/applier"
)

// Store is the file driver: datasets as objects in a directory. It keeps nothing in
// memory between calls and takes no lock, so that any number of processes may use it.
type Store struct {
	name     string
	root     string // absolute; includes the prefix
	identity applier.Identity
	buckets  int
	create   bool
	now      func() time.Time
}

var (
	_ applier.Store       = (*Store)(nil)
	_ applier.Scanner     = (*Store)(nil)
	_ applier.Initializer = (*Store)(nil)
)

// OpenFile returns the store in the directory that cfg.URL names: a path, relative to
// cfg.Dir, or a file:///absolute URL. It looks at nothing on disk; a directory that is
// missing or not readable shows in the methods. It refuses an empty URL, another
// scheme, a host, a prefix that leads elsewhere and a number of buckets out of range.
func OpenFile(cfg applier.StoreConfig) (*Store, error) {
	root, err := rootDir(cfg)
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", cfg.Name, err)
	}
	buckets, err := bucketCount(cfg.Buckets)
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", cfg.Name, err)
	}
	now := cfg.Now
	if now == nil {
		now = time.Now
	}
	return &Store{
		name: cfg.Name, root: root, identity: cfg.Identity,
		buckets: buckets, create: cfg.Create, now: now,
	}, nil
}

func rootDir(cfg applier.StoreConfig) (string, error) {
	dir, err := urlPath(cfg.URL)
	if err != nil {
		return "", err
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(cfg.Dir, dir)
	}
	if cfg.Prefix != "" {
		if !filepath.IsLocal(cfg.Prefix) {
			return "", fmt.Errorf("prefix: %q leads out of the store's directory; write a plain name", cfg.Prefix)
		}
		dir = filepath.Join(dir, cfg.Prefix)
	}
	return filepath.Abs(dir)
}

// urlPath returns the path of a URL. It does not repeat a URL in errors, since one
// that was meant for another driver may hold credentials.
func urlPath(text string) (string, error) {
	if text == "" {
		return "", errors.New("url: it is empty; write the directory to release to")
	}
	scheme, _, ok := strings.Cut(text, "://")
	if !ok {
		return text, nil
	}
	if scheme != "file" {
		return "", fmt.Errorf("url: scheme %q is not for the file driver; write a path or file:///path", scheme)
	}
	u, err := url.Parse(text)
	if err != nil || (u.Host != "" && u.Host != "localhost") || u.Path == "" {
		return "", errors.New("url: a file URL has three slashes and an absolute path; write file:///path, or a plain path")
	}
	return filepath.FromSlash(u.Path), nil
}

// fail adds the store's name and directory to an error.
func (s *Store) fail(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("store %s in %s: %w", s.name, s.root, explain(err))
}

// expired reports whether the lease of a stage has ended.
func (s *Store) expired(r applier.Release) bool { return !s.now().Before(r.Expires) }
