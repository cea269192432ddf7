package objectstore_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/promoctl/promoctl/applier/storetest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// TestStore runs the conformance suite with few buckets, so that small releases leave
// some of them alone and share others.
func TestStore(t *testing.T) {
	storetest.Run(t, storetest.Suite{
		New:        func(t testing.TB) storetest.Place { return newPlace(t, 7) },
		Partitions: 1,
	})
}
