package objectstore_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/promoctl/promoctl/spec"
)

// This is the reader of a shop: it knows the form on disk from the package comment
// and shares no code with the driver.

type readerManifest struct {
	Datasets map[string]struct {
		Buckets int `json:"buckets"`
		Objects []struct {
			Bucket int    `json:"bucket"`
			Path   string `json:"path"`
		} `json:"objects"`
	} `json:"datasets"`
}

// newestDir returns the live directory, or "" when there is none.
func newestDir(root string) (string, error) {
	list, err := os.ReadDir(filepath.Join(root, "live"))
	if errors.Is(err, fs.ErrNotExist) || (err == nil && len(list) == 0) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return filepath.Join(root, "live", list[len(list)-1].Name()), nil
}

// readPlain returns every record of a dataset, from one manifest.
func readPlain(ctx context.Context, root, dataset string) (map[spec.Key]string, error) {
	for {
		dir, err := newestDir(root)
		if err != nil || dir == "" {
			return nil, err
		}
		got, err := readRelease(root, dir, dataset)
		if now, _ := newestDir(root); !errors.Is(err, fs.ErrNotExist) || now == dir || ctx.Err() != nil {
			return got, err
		}
	}
}

func readRelease(root, dir, dataset string) (map[spec.Key]string, error) {
	data, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return nil, err
	}
	var m readerManifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, err
	}
	got := map[spec.Key]string{}
	for _, o := range m.Datasets[dataset].Objects {
		data, err := os.ReadFile(filepath.Join(root, o.Path))
		if err != nil {
			return nil, err
		}
		if err := readLines(data, got); err != nil {
			return nil, err
		}
	}
	return got, nil
}

func readLines(data []byte, into map[spec.Key]string) error {
	scan := bufio.NewScanner(bytes.NewReader(data))
	scan.Buffer(nil, 64<<20)
	for scan.Scan() {
		var line struct {
			Key    spec.Key        `json:"key"`
			Record json.RawMessage `json:"record"`
		}
		if err := json.Unmarshal(scan.Bytes(), &line); err != nil {
			return err
		}
		into[line.Key] = string(line.Record)
	}
	return scan.Err()
}
