package gitrepo

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadFile(t *testing.T) {
	f := newFixture(t)
	if err := os.Symlink("a.yaml", f.path("link")); err != nil {
		t.Fatal(err)
	}
	h := f.save("one", "a.yaml", "top", "d/e/b.yaml", "deep")
	r := f.open()
	for path, want := range map[string]string{"a.yaml": "top", "d/e/b.yaml": "deep", "/d//e/./b.yaml": "deep"} {
		got, err := r.ReadFile(t.Context(), h, path)
		if err != nil || string(got) != want {
			t.Errorf("%s is %q, %v", path, got, err)
		}
	}
	for path, test := range map[string]struct {
		missing bool
		say     string
	}{
		"no.yaml":   {true, "no.yaml"},
		"d/no/b":    {true, "d/no/b"},
		"a.yaml/x":  {true, "a.yaml/x"},
		"A.yaml":    {true, "A.yaml"},
		"d":         {false, "a directory"},
		"link":      {false, "a symbolic link"},
		"link/x":    {true, "link/x"},
		"../a.yaml": {false, "leads out"},
	} {
		_, err := r.ReadFile(t.Context(), h, path)
		if err == nil || errors.Is(err, fs.ErrNotExist) != test.missing || !strings.Contains(err.Error(), test.say) {
			t.Errorf("%s: error is %v", path, err)
		}
	}
	if _, err := r.ReadFile(t.Context(), strings.Repeat("ab", 20), "a.yaml"); !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown commit: %v", err)
	}
}

// TestBlobs reads small and large blobs, loose, packed whole and packed as a delta.
func TestBlobs(t *testing.T) {
	f := newFixture(t)
	random := rand.New(rand.NewPCG(1, 2))
	big := make([]byte, 300_000)
	for i := range big {
		big[i] = byte(random.Uint32())
	}
	versions := [][]byte{nil, []byte("small\n"), big, append(bytes.Clone(big), "tail"...)}
	var hashes []string
	for _, v := range versions {
		f.save("version", "file", string(v))
		hashes = append(hashes, f.git("rev-parse", "HEAD:file"))
	}
	for _, state := range []string{"loose", "packed"} {
		r := f.open()
		for i, h := range hashes {
			size, err := r.BlobSize(t.Context(), h)
			if err != nil || size != int64(len(versions[i])) {
				t.Errorf("%s %d: size %d, %v", state, i, size, err)
			}
			got, err := r.Blob(t.Context(), h)
			if err != nil || !bytes.Equal(got, versions[i]) {
				t.Errorf("%s %d: %d bytes, %v", state, i, len(got), err)
			}
			clear(got) // the content is the caller's
			if again, err := r.Blob(t.Context(), h); err != nil || !bytes.Equal(again, versions[i]) {
				t.Errorf("%s %d: writing to the content changed it for others (%v)", state, i, err)
			}
		}
		f.git("repack", "-q", "-a", "-d", "-f")
	}
}

func TestBlobErrors(t *testing.T) {
	f := newFixture(t)
	h := f.save("one", "a", "1")
	r := f.open()
	for hash, want := range map[string]error{
		strings.Repeat("0f", 20):          ErrMissing,
		f.git("rev-parse", "HEAD^{tree}"): ErrMissing,
		h:                                 ErrMissing,
		"abc":                             ErrUnknown,
	} {
		if _, err := r.Blob(t.Context(), hash); !errors.Is(err, want) {
			t.Errorf("%s: %v", hash, err)
		}
	}
	if _, err := r.BlobSize(t.Context(), strings.Repeat("0f", 20)); !errors.Is(err, ErrMissing) {
		t.Error(err)
	}
	f.git("config", "remote.origin.promisor", "true")
	if _, err := f.open().Blob(t.Context(), strings.Repeat("0f", 20)); !strings.Contains(err.Error(), "without --filter") {
		t.Errorf("in a partial clone: %v", err)
	}
}

func TestFilesOfAFolder(t *testing.T) {
	f := newFixture(t)
	h := f.save("one", "shop/prices/b.yaml", "1", "shop/prices/a.yaml", "1", "shop/prices-old", "1", "x", "1")
	r := f.open()
	for prefix, want := range map[string][]string{
		"":            {"shop/prices-old", "shop/prices/a.yaml", "shop/prices/b.yaml", "x"},
		"shop":        {"prices-old", "prices/a.yaml", "prices/b.yaml"},
		"shop/prices": {"a.yaml", "b.yaml"},
		"shop/pri":    nil,
		"x":           nil,
	} {
		if d := cmp.Diff(want, paths(t, r.Files(t.Context(), h, prefix))); d != "" {
			t.Errorf("%q: %s", prefix, d)
		}
	}
}
