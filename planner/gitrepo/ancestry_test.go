package gitrepo

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/promoctl/promoctl/planner"
)

var relationNames = map[planner.Relation]string{planner.Same: "same", planner.Forward: "forward",
	planner.Backward: "backward", planner.Diverged: "diverged", planner.Unknown: "unknown"}

func TestRelate(t *testing.T) {
	f := branchy(t)
	f.git("checkout", "-q", "--orphan", "other")
	f.save("unrelated", "z", "1")
	f.git("checkout", "-q", "main")
	for i := range 2 {
		f.git("branch", fmt.Sprintf("arm%d", i), "HEAD~1")
		f.git("checkout", "-q", fmt.Sprintf("arm%d", i))
		f.save("arm", fmt.Sprintf("arm%d", i), "1")
	}
	f.git("checkout", "-q", "main")
	f.git("merge", "-q", "-m", "octopus", "arm0", "arm1")
	if n := len(strings.Fields(f.git("log", "-1", "--format=%P"))); n != 3 {
		t.Fatalf("the octopus has %d parents", n)
	}
	for _, test := range []struct {
		live, target string
		want         planner.Relation
	}{
		{"HEAD", "HEAD", planner.Same},
		{"v1", "HEAD", planner.Forward},
		{"HEAD", "v1", planner.Backward},
		{"feature/side", "HEAD", planner.Forward},
		{"arm1", "HEAD", planner.Forward},
		{"arm0", "arm1", planner.Diverged},
		{"light", "feature/side", planner.Diverged},
		{"other", "main", planner.Diverged},
	} {
		live, target := f.git("rev-parse", test.live+"^{commit}"), f.git("rev-parse", test.target+"^{commit}")
		got, err := f.open().Relate(t.Context(), live, target)
		if err != nil || got != test.want {
			t.Errorf("%s to %s is %s (%v), want %s", test.live, test.target, relationNames[got], err, relationNames[test.want])
		}
	}
}

func TestRelateToWhatIsNotThere(t *testing.T) {
	f := newFixture(t)
	old := f.save("one", "a", "1")
	f.git("commit", "-q", "--amend", "-m", "rewritten")
	h := f.git("rev-parse", "HEAD")
	f.git("reflog", "expire", "--expire=now", "--all")
	f.git("gc", "-q", "--prune=now")
	r := f.open()
	if got, err := r.Relate(t.Context(), old, h); err != nil || got != planner.Unknown {
		t.Errorf("a live commit that was rewritten: %s, %v", relationNames[got], err)
	}
	if _, err := r.Relate(t.Context(), h, old); !errors.Is(err, ErrUnknown) {
		t.Errorf("an unknown target: %v", err)
	}
	if _, err := r.Relate(t.Context(), "HEAD", h); !errors.Is(err, ErrUnknown) {
		t.Errorf("not a hash: %v", err)
	}
}

func TestRelateInShallowClone(t *testing.T) {
	f := newFixture(t)
	for i := range 6 {
		f.save(fmt.Sprint("c", i), "a", fmt.Sprint(i))
	}
	f.git("branch", "late", "HEAD")
	f.git("checkout", "-q", "-b", "side", "HEAD~4")
	f.save("side", "b", "1")
	f.git("checkout", "-q", "-b", "late-side", "late~1")
	f.save("late side", "b", "1")
	hash := func(rev string) string { return f.git("rev-parse", rev) }
	g := f.at(f.dir + "-shallow")
	f.git("clone", "-q", "--depth=3", "--no-single-branch", "-b", "late", "file://"+f.dir, g.dir)
	r := g.open()
	for _, test := range []struct {
		live, target string
		want         planner.Relation
		err          error
	}{
		{"late~2", "late", planner.Forward, nil},
		{"late", "late~2", planner.Backward, nil},
		{"late-side", "late", planner.Diverged, nil}, // they meet before the cut
		{"late~4", "late", planner.Unknown, ErrShallow},
		{"side", "late", planner.Unknown, ErrShallow}, // both are here and where they meet is not
	} {
		got, err := r.Relate(t.Context(), hash(test.live), hash(test.target))
		if !errors.Is(err, test.err) || got != test.want {
			t.Errorf("%s to %s is %s, %v; want %s, %v", test.live, test.target, relationNames[got], err, relationNames[test.want], test.err)
		}
	}
}

// TestRelateAtTheCut has two commits that part at the commit where history was cut off,
// which a wrong clock made the newest of all.
func TestRelateAtTheCut(t *testing.T) {
	f := newFixture(t)
	f.save("base", "a", "1")
	f.now += 1_000_000
	f.save("from the future", "a", "2")
	f.now -= 2_000_000
	f.git("checkout", "-q", "-b", "side")
	side := f.save("side", "b", "1")
	f.git("checkout", "-q", "main")
	head := f.save("head", "a", "3")
	g := f.at(f.dir + "-shallow")
	f.git("clone", "-q", "--depth=2", "--no-single-branch", "file://"+f.dir, g.dir)
	if g.git("rev-list", "--count", "origin/main", "origin/side") != "3" {
		t.Fatal("the clone is not cut where the test wants it")
	}
	if got, err := g.open().Relate(t.Context(), side, head); err != nil || got != planner.Diverged {
		t.Errorf("%s, %v", relationNames[got], err)
	}
}

// TestRelateInRandomHistory compares all pairs of commits of a history in which the
// clocks say anything with the transitive closure of the parents.
func TestRelateInRandomHistory(t *testing.T) {
	const n = 40
	rounds := 4
	if testing.Short() {
		rounds = 1
	}
	for seed := range rounds {
		random := rand.New(rand.NewPCG(uint64(seed), 7))
		f := newFixture(t)
		parents := importHistory(f, random, n)
		hashes := marks(f)
		reach := make([][n]bool, n)
		for i := range n {
			reach[i][i] = true
			for _, p := range parents[i] {
				for k := range n {
					reach[i][k] = reach[i][k] || reach[p][k]
				}
			}
		}
		r := f.open()
		for a := range n {
			for b := range n {
				want := planner.Diverged
				switch {
				case a == b:
					want = planner.Same
				case reach[b][a]:
					want = planner.Forward
				case reach[a][b]:
					want = planner.Backward
				}
				if got, err := r.Relate(t.Context(), hashes[a], hashes[b]); err != nil || got != want {
					t.Fatalf("seed %d: %d to %d is %s (%v), want %s", seed, a, b, relationNames[got], err, relationNames[want])
				}
			}
		}
	}
}

// importHistory makes n commits with random earlier ones as parents and random times. It
// returns the parents.
func importHistory(f *fixture, random *rand.Rand, n int) [][]int {
	f.t.Helper()
	var stream strings.Builder
	parents := make([][]int, n)
	for i := range n {
		fmt.Fprintf(&stream, "commit refs/heads/c%d\nmark :%d\ncommitter C <c@x> %d +0000\ndata <<.\nc%d\n.\n", i, i+1, 1_700_000_000+random.IntN(1000), i)
		if i > 0 && random.IntN(10) > 0 {
			parents[i] = append(parents[i], max(0, i-1-random.IntN(4)))
			fmt.Fprintf(&stream, "from :%d\n", parents[i][0]+1)
			for range random.IntN(3) {
				if p := random.IntN(i); p != parents[i][0] {
					parents[i] = append(parents[i], p)
					fmt.Fprintf(&stream, "merge :%d\n", p+1)
				}
			}
		}
		stream.WriteByte('\n')
	}
	f.gitIn(stream.String(), "-c", "fastimport.unpackLimit=0", "fast-import", "--quiet", "--export-marks=marks")
	return parents
}

// marks returns the hashes of the imported commits, by number.
func marks(f *fixture) []string {
	f.t.Helper()
	lines := strings.Split(strings.TrimSpace(f.read("marks")), "\n")
	hashes := make([]string, len(lines))
	for _, line := range lines {
		var mark int
		var hash string
		if _, err := fmt.Sscanf(line, ":%d %s", &mark, &hash); err != nil {
			f.t.Fatal(err)
		}
		hashes[mark-1] = hash
	}
	return hashes
}
