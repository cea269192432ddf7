package planner

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/promoctl/promoctl/spec"
)

// PlanFormat is the version of a plan as JSON. It grows when a reader would have to
// change; new fields alone do not make it grow.
const PlanFormat = 1

// planFile is a plan as JSON. Values of sensitive fields are masked, and the digests of
// their records are keyed.
type planFile struct {
	Format   int            `json:"format"`
	Env      string         `json:"env,omitempty"`
	Base     *Commit        `json:"base"` // null: nothing is live
	Target   Commit         `json:"target"`
	Digest   spec.Digest    `json:"digest"`
	Counts   counts         `json:"counts"`
	Blocked  bool           `json:"blocked"`
	Findings []Finding      `json:"findings"`
	Config   []ConfigChange `json:"config"`
	Datasets []datasetFile  `json:"datasets"`
	Changes  []changeFile   `json:"changes"`
}

type counts struct {
	Create int `json:"create"`
	Update int `json:"update"`
	Delete int `json:"delete"`
}

type datasetFile struct {
	Name string `json:"name"`
	counts
	Replace   bool     `json:"replace,omitempty"`
	Sensitive []string `json:"sensitive,omitempty"`  // fields that are masked below, of either side
	ShopOwned []string `json:"shop_owned,omitempty"` // fields that releases leave alone
}

type changeFile struct {
	Dataset      string        `json:"dataset"`
	Key          spec.Key      `json:"key"`
	Op           Op            `json:"op"`
	Pos          spec.Pos      `json:"pos"` // in the target; of a delete, in the base
	BeforeDigest *spec.Digest  `json:"before_digest,omitempty"`
	AfterDigest  *spec.Digest  `json:"after_digest,omitempty"`
	Fields       []FieldChange `json:"fields"`
}

// WriteJSON writes the plan as versioned JSON, for programs, and for promoctl apply to
// check that what it releases is what was reviewed.
func (p *Planner) WriteJSON(w io.Writer, plan *Plan) error {
	create, update, del := plan.Counts()
	f := planFile{
		Format: PlanFormat, Env: plan.Env, Target: plan.Target, Digest: plan.Digest,
		Counts: counts{create, update, del}, Blocked: len(plan.Blocking()) > 0,
		Findings: orEmpty(plan.Findings), Config: orEmpty(plan.Config),
		Datasets: []datasetFile{}, Changes: make([]changeFile, len(plan.Changes)),
	}
	if plan.Base.Hash != "" {
		f.Base = &plan.Base
	}
	for _, d := range plan.Datasets {
		f.Datasets = append(f.Datasets, describeLayouts(d))
	}
	sensitive := plan.sensitive()
	for i, c := range plan.Changes {
		f.Changes[i] = p.changeFile(plan, c, sensitive[c.Dataset])
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(f)
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func describeLayouts(d DatasetPlan) datasetFile {
	out := datasetFile{Name: d.Name, counts: counts{d.Create, d.Update, d.Delete}, Replace: d.Replace}
	for _, l := range [...]*spec.Layout{d.Base, d.Target} {
		if l == nil {
			continue
		}
		for _, f := range l.Fields {
			if f.Sensitive {
				out.Sensitive = append(out.Sensitive, f.Name)
			}
			if f.Owner == spec.OwnerShop {
				out.ShopOwned = append(out.ShopOwned, f.Name)
			}
		}
	}
	out.Sensitive, out.ShopOwned = sortedSet(out.Sensitive), sortedSet(out.ShopOwned)
	return out
}

func sortedSet(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

func (p *Planner) changeFile(plan *Plan, c Change, sensitive bool) changeFile {
	digest := func(r *spec.Record) *spec.Digest {
		if r == nil {
			return nil
		}
		d := r.Digest
		if sensitive {
			d = p.KeyedDigest(d)
		}
		return &d
	}
	out := changeFile{
		Dataset: c.Dataset, Key: c.Key, Op: c.Op, Fields: orEmpty(plan.FieldChanges(c)),
		BeforeDigest: digest(c.Before), AfterDigest: digest(c.After),
	}
	if c.After != nil {
		out.Pos = c.After.Pos
	} else {
		out.Pos = c.Before.Pos
	}
	return out
}

// Reviewed is what promoctl apply needs of a plan that was written as JSON.
type Reviewed struct {
	Env    string
	Base   string // commit; "" when nothing was live
	Target string
	Digest spec.Digest
}

// ReadReviewed reads a plan that WriteJSON wrote.
func ReadReviewed(r io.Reader) (Reviewed, error) {
	var f planFile
	if err := json.NewDecoder(r).Decode(&f); err != nil {
		return Reviewed{}, fmt.Errorf("not a plan: %w; write one with promoctl plan --out FILE", err)
	}
	switch {
	case f.Format == 0 || f.Target.Hash == "":
		return Reviewed{}, fmt.Errorf("not a plan: no format or target; write one with promoctl plan --out FILE")
	case f.Format > PlanFormat:
		return Reviewed{}, fmt.Errorf("the plan has format %d and this program reads up to %d; use the promoctl that wrote it", f.Format, PlanFormat)
	}
	out := Reviewed{Env: f.Env, Target: f.Target.Hash, Digest: f.Digest}
	if f.Base != nil {
		out.Base = f.Base.Hash
	}
	return out, nil
}
