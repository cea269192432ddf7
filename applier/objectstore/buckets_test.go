package objectstore_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/promoctl/promoctl/applier/objectstore"
	"github.com/promoctl/promoctl/applier/storetest"
	"github.com/promoctl/promoctl/spec"
)

// Readers compute buckets themselves, so these numbers are part of the form on disk.
func TestBucket(t *testing.T) {
	for _, test := range []struct {
		key     spec.Key
		buckets int
		want    int
	}{
		{"SKU-1", 64, 52}, {"SKU-1", 1, 0}, {"SKU-1", 1000, 348},
		{"", 64, 0}, {"尺寸/红", 64, 20},
	} {
		if got := objectstore.Bucket(test.key, test.buckets); got != test.want {
			t.Errorf("Bucket(%q, %d) = %d, want %d", test.key, test.buckets, got, test.want)
		}
	}
}

// A change of the number of buckets takes effect with the next release, for every
// dataset, and changes no record.
func TestBucketsChange(t *testing.T) {
	s := newFastShop(t, withBuckets(5))
	both := func(version int) storetest.Content {
		c := prices(200, version)
		return c.WithDataset("other", prices(50, 1)["prices"])
	}
	s.release(both(1))
	for i, buckets := range []int{16, 3, 64, 1} {
		t.Run(fmt.Sprint(buckets), func(t *testing.T) {
			s.TB = t
			s.store = open(t, s.root, withBuckets(buckets))
			s.expect()
			s.release(both(1).With("prices", "SKU-7", fmt.Sprintf(`{"price":%d,"sku":"SKU-7"}`, i)))
			s.expect()
			_, m := (&place{root: s.root}).manifest(t)
			for name, d := range m.Datasets {
				if d.Buckets != buckets {
					t.Errorf("%s has %d buckets, want %d", name, d.Buckets, buckets)
				}
				checkPlacement(t, s.root, d)
			}
		})
	}
}

// checkPlacement checks that each record is in its bucket and each count is right.
func checkPlacement(t *testing.T, root string, d objectstore.Dataset) {
	t.Helper()
	for _, o := range d.Objects {
		records := map[spec.Key]string{}
		data := readFile(t, root+"/"+o.Path)
		if err := readLines(data, records); err != nil {
			t.Error(err)
		}
		if int64(len(records)) != o.Records || int64(len(data)) != o.Bytes || string(hash(data)) != o.SHA256.String() {
			t.Errorf("%s has %d records and %d bytes; the manifest says %+v", o.Path, len(records), len(data), o)
		}
		for key := range records {
			if b := objectstore.Bucket(key, d.Buckets); b != o.Bucket {
				t.Errorf("%s is in bucket %d, want %d", key, o.Bucket, b)
			}
		}
	}
}

// The same records give the same objects, whatever way led to them.
func TestObjectsAreDeterministic(t *testing.T) {
	direct, around := newFastShop(t, withBuckets(4)), newFastShop(t, withBuckets(9))
	direct.release(prices(100, 3))
	around.release(prices(150, 1))
	around.store = open(t, around.root, withBuckets(4))
	around.release(prices(70, 2))
	around.release(prices(100, 3))
	if diff := cmp.Diff(sums(t, direct), sums(t, around)); diff != "" {
		t.Errorf("objects (-direct +around):\n%s", diff)
	}
}

func sums(t *testing.T, s *shop) map[int]string {
	_, m := (&place{root: s.root}).manifest(t)
	out := map[int]string{}
	for _, o := range m.Datasets["prices"].Objects {
		out[o.Bucket] = o.SHA256.String()
	}
	return out
}
