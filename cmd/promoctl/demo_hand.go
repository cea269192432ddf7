package main

import (
	"strings"
	"time"
)

// byHand prints how to do the steps by hand, with an article that was not touched yet:
// going back to a price that was live before is only warned of.
func (d *demo) byHand() error {
	e := trial()
	line, err := e.line(d.dir)
	if err != nil {
		return err
	}
	tomorrow := d.now().Add(24 * time.Hour).UTC().Truncate(time.Hour).Format(time.RFC3339)
	d.say(`The shop stays as it is now. Do the same by hand, with a pair of earbuds:

  cd %s
  alias promoctl=%s
  export PROMOCTL_ENV=%s

  1. promoctl status; promoctl history; promoctl plan
     sqlite3 %s "SELECT count(*) FROM prices"

  2. ${EDITOR:-vi} +%d %s   # %s becomes %s
     promoctl plan --worktree         # before anything is committed
     git commit -am "Price of the earbuds"
     promoctl plan
     promoctl apply                   # denied, exit code 3

  3. promoctl apply --override FINGERPRINT,FINGERPRINT --by "Your Name" \
         --reason "just a trial" --at %s &
     promoctl status                  # waits for its activation
     kill -9 $!
     promoctl apply --override FINGERPRINT,FINGERPRINT --by "Your Name" \
         --reason "just a trial"

  4. promoctl rollback HEAD           # or: git revert HEAD && promoctl apply
     promoctl verify

All of it once more, from nothing: rm -rf .live && promoctl apply

Where to go from here: promoctl init my-shop writes a data repository of your
own, promoctl --help lists the commands, and the README has a tutorial.`,
		shellWord(d.dir), shellWord(shellWord(d.exe)), demoEnv, d.database(),
		line, e.file, e.from, strings.TrimPrefix(e.to, "price: "), tomorrow)
	return nil
}
