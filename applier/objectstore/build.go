package objectstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/promoctl/promoctl/applier"
	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/spec"
)

// parallel is how many objects are written at once. More than there are processors,
// because most of the time goes into waiting for the disk to sync.
const parallel = 8

// builder makes the next manifest from the live one and the changes.
type builder struct {
	store   *Store
	release applier.Release
	old     Manifest
	work    map[string]*work

	damage []error // errDamaged: the live manifest, if it could not be read

	mu    sync.Mutex // guards drift, and the damage of jobs
	drift []applier.Drift
}

// build writes every object that the next manifest needs and reads it back.
func (b *builder) build(ctx context.Context) (Manifest, applier.Receipt, *applier.DriftError, error) {
	next := Manifest{
		Format: ManifestFormat, Datasets: maps.Clone(b.old.Datasets),
		Attempt: b.release.Attempt, Follows: b.old.Attempt,
	}
	if next.Datasets == nil {
		next.Datasets = map[string]Dataset{}
	}
	receipt := applier.Receipt{Datasets: map[string]planner.Delta{}}
	for _, name := range slices.Sorted(maps.Keys(b.work)) {
		w := b.work[name]
		d, delta, err := b.dataset(ctx, w)
		if err != nil {
			return Manifest{}, applier.Receipt{}, nil, err
		}
		if len(w.changes) > 0 {
			receipt.Datasets[name] = delta
		}
		if w.release.Target == nil {
			delete(next.Datasets, name)
			continue
		}
		d.Layout = *w.release.Target
		next.Datasets[name] = d
	}
	return next, receipt, b.drifted(), nil
}

// drifted returns what drifted, in the order of the changes.
func (b *builder) drifted() *applier.DriftError {
	slices.SortFunc(b.drift, func(x, y applier.Drift) int {
		return cmp.Or(strings.Compare(x.Dataset, y.Dataset), strings.Compare(string(x.Key), string(y.Key)))
	})
	e := &applier.DriftError{}
	for _, d := range b.drift {
		e.Add(d)
	}
	return e
}

// dataset writes the objects of one dataset.
func (b *builder) dataset(ctx context.Context, w *work) (Dataset, planner.Delta, error) {
	old := b.old.Datasets[w.name]
	if w.release.Replace {
		old = Dataset{}
	}
	if len(old.Objects) == 0 {
		old.Buckets = b.store.buckets
	}
	job := &job{builder: b, work: w, old: old, dir: path.Join(objectsDir, b.release.Attempt, w.name), damage: slices.Clone(b.damage)}
	objects, delta, err := job.run(ctx)
	if err != nil {
		return Dataset{}, planner.Delta{}, err
	}
	d := Dataset{Buckets: b.store.buckets, Objects: objects}
	return d, delta, job.bringsBack(ctx, d)
}

// bringsBack refuses a dataset that was made from damaged objects unless it is, counted
// record by record, what the release wants: else the damage would be sealed as sound.
func (j *job) bringsBack(ctx context.Context, d Dataset) error {
	if len(j.damage) == 0 || j.work.release.Target == nil {
		return nil
	}
	var got spec.DataDigest
	err := j.store.scan(ctx, release{dir: j.store.root}, d, *j.work.release.Target, func(r spec.Record, err error) bool {
		got = got.Add(r.Digest)
		return true
	})
	if err == nil && got != j.release.Target.Datasets[j.work.name].Data {
		err = fmt.Errorf("%w; this release does not bring back all that it held of dataset %s: run promoctl apply --repair, then this command again",
			errors.Join(j.damage...), j.work.name)
	}
	return err
}

// job is the making of one dataset's objects.
type job struct {
	*builder
	work   *work
	old    Dataset
	dir    string  // of the new objects, relative to the store's directory
	damage []error // errDamaged: what could not be read of the live dataset
}

// run returns the dataset's objects, sorted by bucket, and what changed in them.
func (j *job) run(ctx context.Context) ([]Object, planner.Delta, error) {
	split := j.work.byBucket(j.store.buckets)
	made := make([]*Object, j.store.buckets) // nil: the bucket is empty
	deltas := make([]planner.Delta, j.store.buckets)
	var err error
	if j.old.Buckets == j.store.buckets {
		err = j.touched(ctx, split, made)
	} else {
		err = j.rebucket(ctx, made)
	}
	if err != nil {
		return nil, planner.Delta{}, err
	}
	err = j.each(ctx, func(ctx context.Context, bucket int) (err error) {
		deltas[bucket], err = j.readBack(ctx, made[bucket], split[bucket])
		return err
	})
	if err == nil && slices.ContainsFunc(made, j.wrote) {
		err = syncDirs(j.store.path(j.dir), j.store.path(path.Dir(j.dir)))
	}
	var objects []Object
	var delta planner.Delta
	for bucket, o := range made {
		if o != nil {
			objects = append(objects, *o)
		}
		delta.Removed = delta.Removed.Plus(deltas[bucket].Removed)
		delta.Added = delta.Added.Plus(deltas[bucket].Added)
	}
	return objects, delta, err
}

// wrote reports whether an object is new.
func (j *job) wrote(o *Object) bool { return o != nil && path.Dir(o.Path) == j.dir }

// each runs f for every bucket, several at once.
func (j *job) each(ctx context.Context, f func(context.Context, int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for bucket := range j.store.buckets {
		g.Go(func() error { return f(ctx, bucket) })
	}
	return g.Wait()
}

// touched merges each bucket that has changes and carries the others over. Of a dataset
// that is new to the store it looks at every bucket, since nothing should be there.
func (j *job) touched(ctx context.Context, split [][]planner.Change, made []*Object) error {
	return j.each(ctx, func(ctx context.Context, bucket int) (err error) {
		old := j.old.object(bucket)
		if len(split[bucket]) == 0 && !(j.rules().fresh && old != nil) {
			if edited, err := j.toMend(old); err != nil || !edited {
				made[bucket] = old
				return err
			}
		}
		made[bucket], err = j.bucket(ctx, bucket, old, split[bucket])
		return err
	})
}

// toMend reports whether a repair has to write an object that no change is about: it is
// not what was released, so it may hold lines that readers stumble over.
func (j *job) toMend(old *Object) (bool, error) {
	if old == nil || j.release.Target.Kind != applier.KindRepair {
		return false, nil
	}
	o, err := j.store.openObjects(old)
	if err != nil {
		return false, err
	}
	defer o.Close()
	return o.edited, nil
}

// bucket merges changes into one bucket's object. A record that somebody put there and
// that belongs to another bucket, where no reader finds it, is dropped.
func (j *job) bucket(ctx context.Context, bucket int, old *Object, changes []planner.Change) (*Object, error) {
	from, err := j.store.openObjects(old)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	out := &fileWriter{root: j.store.root, dir: j.dir, bucket: bucket, buffer: 64 << 10}
	emit := out.add
	if from.edited {
		emit = func(e entry) error {
			if bucketOf(e.key, j.store.buckets) != bucket {
				return nil
			}
			return out.add(e)
		}
	}
	j.noteDamage(from)
	if err := j.merge(ctx, from, changes, emit); err != nil {
		out.abort()
		return nil, err
	}
	return out.finish()
}

// rebucket goes through the whole dataset in order of keys, because the number of
// buckets changed, and deals the records out. Memory does not grow with the dataset.
func (j *job) rebucket(ctx context.Context, made []*Object) error {
	old := make([]*Object, len(j.old.Objects))
	for i := range old {
		old[i] = &j.old.Objects[i]
	}
	from, err := j.store.openObjects(old...)
	if err != nil {
		return err
	}
	defer from.Close()
	j.noteDamage(from)
	out := make([]fileWriter, len(made))
	for bucket := range out {
		out[bucket] = fileWriter{root: j.store.root, dir: j.dir, bucket: bucket, buffer: 16 << 10}
		defer out[bucket].abort() // closing twice does no harm
	}
	deal := func(e entry) error { return out[bucketOf(e.key, len(out))].add(e) }
	if err := j.merge(ctx, from, j.work.changes, deal); err != nil {
		return err
	}
	return j.each(ctx, func(_ context.Context, bucket int) (err error) {
		made[bucket], err = out[bucket].finish()
		return err
	})
}

// merge applies changes to from. What is gone from the store is only looked at.
func (j *job) merge(ctx context.Context, from cursor, changes []planner.Change, emit func(entry) error) error {
	if j.work.release.Target == nil {
		emit = func(entry) error { return nil }
	}
	m := merge{dataset: j.work.name, changes: changes, rules: j.rules(), emit: emit}
	err := m.run(ctx, from)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.drift = append(j.drift, m.drift...)
	return err
}

func (j *job) noteDamage(from *opened) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.damage = append(j.damage, from.damage...)
}

func (j *job) rules() driftRules {
	return driftRules{
		fresh: j.release.Base.IsZero() || j.work.release.Base == nil,
		adopt: j.release.Adopt,
		base:  j.work.release.Base,
	}
}
