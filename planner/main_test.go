package planner_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain checks that no plan leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
