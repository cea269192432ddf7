// Command promoctl releases promotion data from a Git repository to stores.
package main

import "os"

func main() { os.Exit(run(osEnv())) }
