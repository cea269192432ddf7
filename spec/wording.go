package spec

import (
	"slices"
	"strings"
)

// article names what is wanted, for a message: "a list, a number or a text".
func article(k kinds) string {
	if k == kindNull {
		return "null"
	}
	var names []string
	for _, n := range kindNames {
		if n.article != "" && k.has(n.kind) && !(n.kind == kindInteger && k.has(kindNumber)) {
			names = append(names, n.article)
		}
	}
	if last := len(names) - 1; last > 1 {
		return strings.Join(names[:last], ", ") + " or " + names[last]
	}
	return strings.Join(names, " or ")
}

// wanted says how to write a value of such a type.
func wanted(k kinds) string {
	switch k &^ kindNull {
	case kindInteger, kindNumber, kindNumber | kindInteger:
		return "write the digits without quotes"
	case kindString:
		return "write a text"
	case kindBool:
		return "write true or false without quotes"
	case kindObject:
		return "write its fields below it, indented"
	case kindArray:
		return "write [a, b] or one item a line behind \"- \""
	}
	return "write " + article(k)
}

// unknownFix suggests the field that was probably meant.
func unknownFix(name string, names []string) string {
	return choice(name, names, "the fields are ")
}

// chooseFix suggests the store, dataset, rule and so on that was probably meant.
func chooseFix(name string, names []string) string { return choice(name, names, "write one of ") }

func choice(name string, names []string, all string) string {
	if best := nearest(name, names); best != "" {
		return "write " + best
	}
	if len(names) == 0 {
		return "remove it"
	}
	shown := slices.Clone(names[:min(12, len(names))])
	if len(names) > len(shown) {
		shown = append(shown, "...")
	}
	return all + strings.Join(shown, ", ")
}

// patternFix says in words what a text must look like.
func patternFix(pattern string) string {
	switch pattern {
	case "^[a-z][a-z0-9_]*$":
		return "write small letters, digits and _, with a letter first"
	case "^[a-z][a-z0-9_-]*$":
		return "write small letters, digits, _ and -, with a letter first"
	case "^[A-Z]{3}$":
		return "write three capital letters, such as CNY"
	case `^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$`:
		return "write a duration like 30s, 15m or 1h30m"
	}
	return "write a text that matches " + pattern
}

// nearest returns the name that differs from a misspelt one in at most two letters, and
// in less than half of them, or "".
func nearest(name string, names []string) string {
	best, distance := "", min(3, len(name)/2+1)
	for _, candidate := range names {
		if d := editDistance(strings.ToLower(name), strings.ToLower(candidate)); d < distance {
			best, distance = candidate, d
		}
	}
	return best
}

// editDistance is the Levenshtein distance, for short names.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
