package planner_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/promoctl/promoctl/examples/generate"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/gitrepo"
)

// The benchmarks of scale make a repository of a million records first, which takes a
// minute. Run them with make bench, or with
//
//	PROMOCTL_BENCH=1 go test ./planner -run '^$' -bench Million -benchtime 5x -timeout 30m
//
// Times are of whole processes, set against "git diff A B | cat" in the same round,
// because machines differ and ratios hardly do. Where others use the machine too, look
// at the time on the processors (cpu) rather than at the clock.
const (
	benchFlag    = "PROMOCTL_BENCH"
	benchRecords = "PROMOCTL_BENCH_RECORDS" // instead of a million
	benchTask    = "PROMOCTL_BENCH_TASK"    // what a child process shall do
)

// million is the repository and its commits.
type million struct {
	dir                string
	base, many, one    string // 1,000 changes in 50 files, 10 in one
	created            string // one new record
	records            int
	cacheDir, coldPath string
}

func makeMillion(b *testing.B) million {
	b.Helper()
	m := million{dir: b.TempDir(), records: 1_000_000}
	if text := os.Getenv(benchRecords); text != "" {
		if _, err := fmt.Sscan(text, &m.records); err != nil {
			b.Fatal(err)
		}
	}
	if err := generate.Write(m.dir, generate.Options{Records: m.records, Files: m.records / 1000, Seed: 1}); err != nil {
		b.Fatal(err)
	}
	m.git(b, "init", "-q", "-b", "main")
	m.base = m.commit(b, "base")
	edit := func(changes, files int) string {
		m.git(b, "reset", "-q", "--hard", m.base)
		if err := generate.Edit(m.dir, changes, files, uint64(changes)); err != nil {
			b.Fatal(err)
		}
		return m.commit(b, fmt.Sprint(changes, " changes"))
	}
	m.many, m.one = edit(1000, min(50, m.records/1000)), edit(10, 1)
	m.git(b, "reset", "-q", "--hard", m.base)
	if err := os.WriteFile(filepath.Join(m.dir, "prices", "new.yaml"), []byte(price("NEW", "1.00")), 0o644); err != nil {
		b.Fatal(err)
	}
	m.created = m.commit(b, "one new record")
	for name, commit := range map[string]string{"base": m.base, "many": m.many, "one": m.one, "created": m.created} {
		m.git(b, "branch", "-f", "keep-"+name, commit)
	}
	m.git(b, "gc", "-q")
	m.cacheDir, m.coldPath = b.TempDir(), b.TempDir()
	return m
}

func (m million) git(b *testing.B, args ...string) string {
	b.Helper()
	cmd := exec.Command("git", append([]string{"-C", m.dir, "-c", "user.name=B", "-c", "user.email=b@example.com", "-c", "gc.auto=0"}, args...)...)
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("git %v: %v", args, err)
	}
	return string(out)
}

func (m million) commit(b *testing.B, subject string) string {
	m.git(b, "add", "-A")
	m.git(b, "commit", "-q", "-m", subject)
	return m.git(b, "rev-parse", "HEAD")[:40]
}

// cost is what a process took.
type cost struct {
	clock, cpu time.Duration
	peak       int64 // bytes; 0 where the system does not say
}

func (c cost) plus(o cost) cost { return cost{c.clock + o.clock, c.cpu + o.cpu, max(c.peak, o.peak)} }

// run runs a process to its end.
func run(b *testing.B, cmd *exec.Cmd) cost {
	b.Helper()
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	c := cost{clock: time.Since(start), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok && runtime.GOOS == "linux" {
		c.peak = usage.Maxrss << 10
	}
	return c
}

// gitDiff is the yardstick.
func (m million) gitDiff(b *testing.B, from, to string) cost {
	b.Helper()
	cmd := exec.Command("sh", "-c", "git diff "+from+" "+to+" | cat >/dev/null")
	cmd.Dir = m.dir
	return run(b, cmd)
}

// task is what a child process does.
type task struct {
	Do            string // plan or validate
	Dir, Cache    string
	Base, Target  string
	WantedChanges int
}

// child runs a task in a process of its own.
func child(b *testing.B, t task) cost {
	b.Helper()
	text, err := json.Marshal(t)
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestBenchChild$")
	cmd.Env = append(os.Environ(), benchTask+"="+string(text))
	return run(b, cmd)
}

// TestBenchChild is the child process of the benchmarks; otherwise it has nothing to do.
func TestBenchChild(t *testing.T) {
	text := os.Getenv(benchTask)
	if text == "" {
		t.Skip("not a child of a benchmark")
	}
	var do task
	if err := json.Unmarshal([]byte(text), &do); err != nil {
		t.Fatal(err)
	}
	repo, err := gitrepo.Open(do.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	p, err := planner.New(planner.Config{Repo: repo, CacheDir: do.Cache})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if do.Do == "validate" {
		pipeline, err := p.Pipeline(ctx, do.Target)
		if err != nil {
			t.Fatal(err)
		}
		sum, problems, err := pipeline.ValidateAll(ctx, p.Source(do.Target))
		if err != nil || len(problems) > 0 || sum.Records["prices"] != do.WantedChanges {
			t.Fatalf("%v, %v, %v", sum, problems, err)
		}
		return
	}
	plan, err := p.CommitPlan(ctx, do.Base, do.Target)
	if err != nil || len(plan.Changes) != do.WantedChanges {
		t.Fatalf("%d changes, %v", len(plan.Changes), err)
	}
	if err := plan.WriteText(io.Discard, planner.TextOptions{}); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkMillionRecords(b *testing.B) {
	if os.Getenv(benchFlag) == "" {
		b.Skip("set " + benchFlag + "=1; it needs minutes")
	}
	m := makeMillion(b)
	plan := func(to string, changes int, cache string) task {
		return task{Do: "plan", Dir: m.dir, Cache: cache, Base: m.base, Target: to, WantedChanges: changes}
	}
	b.Run("plan 1000 changes in 50 files", func(b *testing.B) { m.againstDiff(b, plan(m.many, 1000, m.cacheDir)) })
	b.Run("plan 10 changes in one file", func(b *testing.B) { m.againstDiff(b, plan(m.one, 10, m.cacheDir)) })
	b.Run("plan one new record, no index yet", func(b *testing.B) {
		var c cost
		for b.Loop() {
			if err := os.RemoveAll(m.coldPath); err != nil {
				b.Fatal(err)
			}
			c = c.plus(child(b, plan(m.created, 1, m.coldPath)))
		}
		report(b, c)
	})
	b.Run("plan one new record, index kept", func(b *testing.B) { m.againstDiff(b, plan(m.created, 1, m.coldPath)) })
	b.Run("validate everything", func(b *testing.B) {
		var c cost
		for b.Loop() {
			c = c.plus(child(b, task{Do: "validate", Dir: m.dir, Target: m.base, WantedChanges: m.records}))
		}
		report(b, c)
	})
}

// report says what one round took.
func report(b *testing.B, c cost) {
	b.ReportMetric(0, "ns/op") // the clock is below
	b.ReportMetric(c.clock.Seconds()/float64(b.N), "s")
	b.ReportMetric(c.cpu.Seconds()/float64(b.N), "cpu_s")
	b.ReportMetric(float64(c.peak)/(1<<20), "peak_MiB")
}

// againstDiff times a plan and git diff in turn.
func (m million) againstDiff(b *testing.B, t task) {
	child(b, t) // warms the page cache, and the index where it is needed
	m.gitDiff(b, t.Base, t.Target)
	var plan, diff cost
	for b.Loop() {
		plan = plan.plus(child(b, t))
		diff = diff.plus(m.gitDiff(b, t.Base, t.Target))
	}
	report(b, plan)
	b.ReportMetric(diff.clock.Seconds()/float64(b.N), "s_git_diff")
	b.ReportMetric(float64(plan.clock)/float64(diff.clock), "x_git_diff")
	b.ReportMetric(float64(plan.cpu)/float64(diff.cpu), "x_git_diff_cpu")
}
