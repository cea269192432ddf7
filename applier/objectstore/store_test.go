package objectstore_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/promoctl/promoctl/applier/storetest"
)

func TestMain(m *testing.M) {
	if root := os.Getenv(crashRoot); root != "" {
		fmt.Println("started")
		fmt.Fprintln(os.Stderr, releaseForever(root))
		os.Exit(1)
	}
	goleak.VerifyTestMain(m)
}

// TestStore runs the conformance suite with few buckets, so that small releases leave
// some of them alone and share others.
func TestStore(t *testing.T) {
	if !canMount(t) && !inOwnProcess(t) {
		return // it ran there
	}
	storetest.Run(t, storetest.Suite{
		New:        func(t testing.TB) storetest.Place { return newPlace(t, 7) },
		Partitions: 1,
	})
}
