package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/promoctl/promoctl/planner"
	"github.com/promoctl/promoctl/planner/gitrepo"
)

// firstRelease is step 1.
func (d *demo) firstRelease(ctx context.Context) error {
	if err := writeDemoShop(d.dir); err != nil {
		return err
	}
	if err := d.ignoreExecutable(); err != nil {
		return err
	}
	d.showCommand([]string{"cd", d.dir}, "")
	d.showCommand([]string{"export", "PROMOCTL_ENV=" + demoEnv}, "")
	d.showCommand([]string{"git", "init", "-q", "-b", "main"}, "")
	repo, err := d.makeRepo(ctx)
	if err != nil {
		return err
	}
	defer repo.Close()
	if _, err := d.commit(ctx, repo, "The sale of Double Eleven"); err != nil {
		return err
	}
	if err := d.promoctl(ctx, exitDone, "plan"); err != nil {
		return err
	}
	d.say("")
	if err := d.promoctl(ctx, exitDone, "apply"); err != nil {
		return err
	}
	return d.showReading(ctx)
}

// slippedDecimal is step 2.
func (d *demo) slippedDecimal(ctx context.Context) error {
	e := slip()
	if err := d.edit(ctx, e, "Evening price of the vitamin C serum"); err != nil {
		return err
	}
	if err := d.promoctl(ctx, exitDenied, "plan"); err != nil {
		return err
	}
	d.say("\nThe plan shows it. It is merged all the same, and somebody releases:\n")
	if err := d.promoctl(ctx, exitDenied, "apply"); err != nil {
		return err
	}
	if err := d.expectStages(ctx, 0); err != nil {
		return err
	}
	d.say("\nNothing is staged in either store.")
	return d.expectPrice(ctx, priceBefore)
}

// edit changes a file as a person would in an editor, and commits.
func (d *demo) edit(ctx context.Context, e demoEdit, subject string) error {
	line, err := e.line(d.dir)
	if err != nil {
		return err
	}
	if err := e.make(d.dir); err != nil {
		return err
	}
	d.say("In %s, line %d, of %s:\n", e.file, line, e.sku)
	d.say("  %s", d.colored(planner.RoleDelete, "-  "+e.from))
	d.say("  %s\n", d.colored(planner.RoleCreate, "+  "+e.to))
	repo, err := gitrepo.Open(d.dir)
	if err != nil {
		return err
	}
	defer repo.Close()
	d.bad, err = d.commit(ctx, repo, subject)
	return err
}

// killedRelease is step 3.
func (d *demo) killedRelease(ctx context.Context) error {
	findings, err := d.denials(ctx)
	if err != nil {
		return err
	}
	apply := []string{"apply", "--override", strings.Join(findings, ","), "--by", "Li Wei", "--reason", "flash price, it is urgent"}
	d.say("Li Wei takes responsibility for both findings. The release is to be live in an\nhour: it is staged now, and waits.\n")
	at := d.now().Add(time.Hour).Truncate(time.Second).UTC()
	waiting, err := d.start(ctx, append(apply, "--at", at.Format(time.RFC3339))...)
	if err != nil {
		return err
	}
	defer waiting.kill() // for the ways out before it was killed
	if err := d.awaitStages(ctx, waiting); err != nil {
		return err
	}
	if err := d.killNow(waiting); err != nil {
		return err
	}
	if err := d.expectStages(ctx, 2); err != nil {
		return err
	}
	d.say("\nIt had no chance to clean up. What it staged is where nobody reads.")
	if err := d.expectPrice(ctx, priceBefore); err != nil {
		return err
	}
	d.say("\nThe same command again, to be live now, finishes it:\n")
	if err := d.promoctl(ctx, exitDone, apply...); err != nil {
		return err
	}
	d.say("\nBoth stores serve what somebody insisted on. What the killed run staged can\nnever go live: it was meant to follow another release. Its lease ends it.")
	return d.expectPrice(ctx, priceBad)
}

// denials returns the fingerprints of what denies the release.
func (d *demo) denials(ctx context.Context) ([]string, error) {
	out, err := d.ask(ctx, "plan", "--format", "json")
	if err != nil {
		return nil, err
	}
	var plan struct {
		Findings []struct{ Fingerprint, Level string }
	}
	if err := json.Unmarshal(out, &plan); err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	var list []string
	for _, f := range plan.Findings {
		if f.Level == "deny" {
			list = append(list, f.Fingerprint)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("the plan denies nothing")
	}
	return list, nil
}

// awaitStages waits until both stores hold the release, ready to be activated.
func (d *demo) awaitStages(ctx context.Context, waiting *background) error {
	const patience, pause = 2 * time.Minute, 50 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		_, sealed, err := d.stages(ctx)
		switch {
		case err != nil:
			return err
		case waiting.ended():
			waiting.show(d.stdout)
			return fmt.Errorf("the release did not wait for its time: %w", waiting.err)
		case sealed == 2:
			waiting.show(d.stdout)
			d.showCommand([]string{"promoctl", "status", "--format", "json"}, " | grep sealed")
			return d.showSealed(ctx)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited for the stages: %w", context.Cause(ctx))
		case <-time.After(pause):
		}
	}
}

// killNow ends the child by SIGKILL, as kill -9 does.
func (d *demo) killNow(waiting *background) error {
	d.showCommand([]string{"kill", "-9", fmt.Sprint(waiting.cmd.Process.Pid)}, "")
	if err := waiting.kill(); err != nil {
		return fmt.Errorf("kill promoctl apply: %w", err)
	}
	waiting.show(d.stdout)
	d.say("%s", d.colored(planner.RoleFaint, fmt.Sprintf("[process %d: %s]", waiting.cmd.Process.Pid, waiting.cmd.ProcessState)))
	return nil
}

// takeBack is step 4.
func (d *demo) takeBack(ctx context.Context) error {
	enter := d.now()
	if err := d.promoctl(ctx, exitDone, "rollback", d.bad.Hash[:10], "--reason", "a slipped decimal"); err != nil {
		return err
	}
	d.back = d.now().Sub(enter)
	d.say("")
	if err := d.expectPrice(ctx, priceBefore); err != nil {
		return err
	}
	d.say("It took %s, measured from outside: from Enter to the end of the program.", rounded(d.back))
	d.say("\nEvery record of both stores is compared with Git:\n")
	return d.promoctl(ctx, exitDone, "verify")
}

// The example's store paths in the environment of the demo, from its directory.
func (d *demo) database() string { return filepath.Join(".live", demoEnv, "shop.db") }
func (d *demo) edge() string     { return filepath.Join(".live", demoEnv, "edge") }
