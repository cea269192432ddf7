package main

// This file is a shop's service as it might be written in a week when nobody had heard
// of promoctl: it knows the table and the files, and imports nothing of this program. A
// test keeps it so. What it reads is what shoppers get.

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver that database/sql calls sqlite
)

const (
	shopperSQL = "SELECT price, currency FROM prices WHERE sku = ?"
	shopperDSN = "?mode=ro&_pragma=busy_timeout(5000)"
)

// priceFromSQL asks the database what an article costs.
func priceFromSQL(ctx context.Context, database, sku string) (string, error) {
	dsn := url.URL{Scheme: "file", Path: database}
	db, err := sql.Open("sqlite", dsn.String()+shopperDSN)
	if err != nil {
		return "", err
	}
	defer db.Close()
	var price, currency string
	if err := db.QueryRowContext(ctx, shopperSQL, sku).Scan(&price, &currency); err != nil {
		return "", fmt.Errorf("price of %s in %s: %w", sku, database, err)
	}
	return price + " " + currency, nil
}

// priceFromFiles looks up in the newest directory what an article costs, and says in
// which file that stands.
func priceFromFiles(dir, sku string) (price, file string, err error) {
	releases, err := os.ReadDir(filepath.Join(dir, "live")) // sorted by name
	if err != nil {
		return "", "", err
	}
	if len(releases) == 0 {
		return "", "", fmt.Errorf("there are no prices in %s yet", dir)
	}
	newest := releases[len(releases)-1].Name()
	if file, err = fileOf(filepath.Join(dir, "live", newest, "manifest.json"), sku); err != nil {
		return "", "", err
	}
	price, err = priceInFile(filepath.Join(dir, file), sku)
	return price, file, err
}

// fileOf finds the one file that has an article among its lines.
func fileOf(manifest, sku string) (string, error) {
	text, err := os.ReadFile(manifest)
	if err != nil {
		return "", err
	}
	var m struct {
		Datasets map[string]struct {
			Buckets uint32
			Objects []struct {
				Bucket uint32
				Path   string
			}
		}
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return "", fmt.Errorf("%s: %w", manifest, err)
	}
	prices := m.Datasets["prices"]
	for _, o := range prices.Objects {
		if o.Bucket == crc32.ChecksumIEEE([]byte(sku))%prices.Buckets {
			return o.Path, nil
		}
	}
	return "", fmt.Errorf("%s names no file for %s", manifest, sku)
}

// priceInFile reads JSON Lines until it comes to the article.
func priceInFile(name, sku string) (string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Key    string
			Record struct {
				Price    json.Number
				Currency string
			}
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		if line.Key == sku {
			return line.Record.Price.String() + " " + line.Record.Currency, nil
		}
	}
	if err := lines.Err(); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return "", fmt.Errorf("%s has no line for %s", name, sku)
}
