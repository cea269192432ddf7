package planner

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/promoctl/promoctl/spec"
)

// vectors are golden digests; testdata/README.md says how another program makes them.
type vectors struct {
	Plans []struct {
		Name      string
		Config    spec.Digest
		DigestKey string `json:"digest_key"`
		Sensitive []string
		Changes   []struct {
			Op            Op
			Dataset       string
			Key           spec.Key
			Before, After *string
		}
		Digest spec.Digest
	}
	Findings []struct {
		Name                 string
		Rule, Dataset, Field string
		Key                  spec.Key
		Before, After        string
		Keyed                bool
		DigestKey            string `json:"digest_key"`
		Fingerprint          string
	}
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	text, err := os.ReadFile("testdata/digests.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Plans) < 5 || len(v.Findings) < 6 {
		t.Fatalf("%d plans and %d findings; vectors are missing", len(v.Plans), len(v.Findings))
	}
	return v
}

func TestPlanDigestVectors(t *testing.T) {
	for _, v := range readVectors(t).Plans {
		plan := &Plan{}
		for _, name := range v.Sensitive {
			plan.Datasets = append(plan.Datasets, DatasetPlan{Name: name, Target: &spec.Layout{Fields: []spec.Field{{Name: "code", Sensitive: true}}}})
		}
		for _, c := range v.Changes {
			record := func(text *string) *spec.Record {
				if text == nil {
					return nil
				}
				r := spec.NewRecord(c.Key, []byte(*text))
				return &r
			}
			change, _ := MakeChange(c.Dataset, record(c.Before), record(c.After))
			if change.Op != c.Op {
				t.Errorf("%s: %s, want %s", v.Name, change.Op, c.Op)
			}
			plan.Changes = append(plan.Changes, change)
		}
		p := &Planner{cfg: Config{DigestKey: []byte(v.DigestKey)}}
		if got := p.planDigest(v.Config, plan); got != v.Digest {
			t.Errorf("%s: digest %s, want %s", v.Name, got, v.Digest)
		}
	}
}

func TestFingerprintVectors(t *testing.T) {
	for _, v := range readVectors(t).Findings {
		p := &Planner{cfg: Config{DigestKey: []byte(v.DigestKey)}}
		f := Finding{Rule: v.Rule, Dataset: v.Dataset, Key: v.Key, Field: v.Field}
		if got := p.fingerprint(f, v.Before, v.After, v.Keyed); got != v.Fingerprint {
			t.Errorf("%s: fingerprint %s, want %s", v.Name, got, v.Fingerprint)
		}
	}
}
