// Package spec turns the text of a data repository into exact records.
//
// It knows the pipeline file (promoctl.yaml), datasets, the strict YAML profile,
// the schema language and the canonical form of a record. It is pure: it reads
// bytes that a caller hands it and touches neither Git nor a network, so that the
// same text gives the same records, errors and digests everywhere.
//
// The way of a record through this package: bytes become nodes that keep the text as it
// was written (text.go, yaml.go, jsonfile.go); the node and the declared [Type] become a
// value without any guessing (decode.go, scalars.go, money.go); the value is checked
// against the JSON Schema, whose errors are put into words (explain.go, describe.go); and
// the value becomes canonical JSON with a SHA-256 (canonical.go, digest.go). Nothing here
// ever decodes YAML into an untyped value: that is how a SKU 0123 becomes 83.
package spec
