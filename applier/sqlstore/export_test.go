package sqlstore

import (
	"database/sql/driver"

	"github.com/promoctl/promoctl/applier"
)

// OpenSQLiteOver is OpenSQLite with connections that a test has its hands on.
func OpenSQLiteOver(cfg applier.StoreConfig, wrap func(driver.Connector) driver.Connector) (*Store, error) {
	d, err := newSQLite(cfg)
	if err != nil {
		return nil, err
	}
	d.wrap = wrap
	return newStore(cfg, d)
}

// OpenImpatient is OpenSQLite that waits for a lock only once.
func OpenImpatient(cfg applier.StoreConfig) (*Store, error) {
	d, err := newSQLite(cfg)
	if err != nil {
		return nil, err
	}
	d.tries = 1
	return newStore(cfg, d)
}
