// Package stores is the one list of drivers. It is the only package that imports all
// of them, so that the engine stays free of drivers and a driver is added in one place.
package stores

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/applier/objectstore"
	"github.com/promoctl/promoctl/applier/sqlstore"
	"github.com/promoctl/promoctl/spec"
)

type openFunc func(applier.StoreConfig) (applier.Store, error)

func drivers() map[string]openFunc {
	return map[string]openFunc{
		"file":   func(c applier.StoreConfig) (applier.Store, error) { return objectstore.OpenFile(c) },
		"sqlite": func(c applier.StoreConfig) (applier.Store, error) { return sqlstore.OpenSQLite(c) },
	}
}

// Names returns the drivers that there are, sorted.
func Names() []string { return slices.Sorted(maps.Keys(drivers())) }

// Open opens a store as the pipeline file declares it. Relative paths start in dir.
// Getenv resolves ${VARIABLE} references. The store is not contacted yet.
func Open(s spec.Store, id applier.Identity, dir string, getenv func(string) string) (applier.Store, error) {
	open, ok := drivers()[s.Driver]
	if !ok {
		return nil, fmt.Errorf("store %s: this promoctl has no driver %s; it has %s", s.Name, s.Driver, strings.Join(Names(), ", "))
	}
	cfg := applier.StoreConfig{Name: s.Name, Dir: dir, Identity: id, Buckets: s.Buckets, Create: s.MayCreate()}
	var err error
	if cfg.URL, err = spec.Expand(s.URL, getenv); err != nil {
		return nil, fmt.Errorf("store %s: url: %w", s.Name, err)
	}
	if cfg.Prefix, err = spec.Expand(s.Prefix, getenv); err != nil {
		return nil, fmt.Errorf("store %s: prefix: %w", s.Name, err)
	}
	return open(cfg) // drivers name the store in their errors
}
