package spec

import "strings"

// notAList reports whether an object at the top of a file is no record, but stands around
// records: under a name of its own, or each under its key. It has no field that a record
// has, and a value that is not a plain one.
func (d *Dataset) notAList(n Node) bool {
	nested := false
	for k, v := range n.Members() {
		if _, declared := d.Schema.root.props[k.Text()]; declared || d.isKeyField(k.Text()) {
			return false
		}
		nested = nested || v.Kind() != ScalarNode
	}
	return nested
}

func (d *Dataset) isKeyField(name string) bool {
	for _, k := range d.key {
		if !k.document && k.path[0] == name {
			return true
		}
	}
	return false
}

// startRecords says how a list of records is written in a file.
func startRecords(file string) string {
	if strings.HasSuffix(strings.ToLower(file), ".json") {
		return "put all records between [ and ]"
	}
	return "start each record with \"- \""
}
