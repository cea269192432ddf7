// Command promogen writes data repositories of any size, to try promoctl at scale.
package main

import (
	"github.com/promoctl/promoctl/examples/generate"
	"os"
)

func main() {
	os.Exit(generate.Command(os.Args[1:], os.Stderr))
}
