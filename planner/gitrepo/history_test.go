package gitrepo

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFirstParents(t *testing.T) {
	f := branchy(t)
	f.save("four", "a", "4")
	for _, test := range []struct {
		from, to string
		want     []string
	}{
		{"v1", "main", []string{"four", "merge", "two"}},
		{"main~1", "main", []string{"four"}},
		{"main", "main", nil},
		{"", "main", []string{"four", "merge", "two", "one"}},
		{"feature/side", "main", []string{"four", "merge", "two"}}, // contains one, which ends the list
		{"main", "v1", nil},
	} {
		from := ""
		if test.from != "" {
			from = f.git("rev-parse", test.from+"^{commit}")
		}
		got, err := f.open().FirstParents(t.Context(), from, f.git("rev-parse", test.to+"^{commit}"))
		var subjects []string
		for _, c := range got {
			subjects = append(subjects, c.Subject)
		}
		if d := cmp.Diff(test.want, subjects); d != "" || err != nil {
			t.Errorf("%s to %s: %v %s", test.from, test.to, err, d)
		}
	}
}

// TestFirstParentsIsWhatGitSays uses a history that is longer than the first look.
func TestFirstParentsIsWhatGitSays(t *testing.T) {
	f := newFixture(t)
	importHistory(f, rand.New(rand.NewPCG(3, 3)), 700)
	hashes := marks(f)
	r := f.open()
	random := rand.New(rand.NewPCG(4, 4))
	for range 25 {
		from, to := hashes[random.IntN(len(hashes))], hashes[random.IntN(len(hashes))]
		got, err := r.FirstParents(t.Context(), from, to)
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, c := range got {
			list = append(list, c.Hash)
		}
		// Git's own limit is not exact when clocks lie, so the test takes each line apart:
		// all but what from contains, in order.
		var want []string
		contained := make(map[string]bool)
		for _, h := range strings.Fields(f.git("rev-list", from)) {
			contained[h] = true
		}
		for _, h := range strings.Fields(f.git("rev-list", "--first-parent", "--topo-order", to)) {
			if contained[h] {
				break
			}
			want = append(want, h)
		}
		if d := cmp.Diff(want, list); d != "" {
			t.Fatalf("%s to %s: %s", from, to, d)
		}
	}
}

func TestFirstParentsInShallowClone(t *testing.T) {
	f := newFixture(t)
	for i := range 5 {
		f.save(fmt.Sprint("c", i), "a", fmt.Sprint(i))
	}
	g := f.at(f.dir + "-shallow")
	f.git("clone", "-q", "--depth=2", "file://"+f.dir, g.dir)
	r := g.open()
	to := f.git("rev-parse", "HEAD")
	if got, err := r.FirstParents(t.Context(), f.git("rev-parse", "HEAD~1"), to); err != nil || len(got) != 1 {
		t.Errorf("within the clone: %v, %v", got, err)
	}
	for _, from := range []string{"", f.git("rev-parse", "HEAD~4")} {
		if _, err := r.FirstParents(t.Context(), from, to); !errors.Is(err, ErrShallow) {
			t.Errorf("from %q: %v", from, err)
		}
	}
}
