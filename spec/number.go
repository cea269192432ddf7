package spec

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// MaxDigits is how many digits a number may have, before and after the point together.
const MaxDigits = 60

// numberLike is what some YAML parser would read as a number: octal, hexadecimal,
// binary, underscores, a sign, a bare point, sexagesimal.
var numberLike = regexp.MustCompile(`^[-+]?(0[xXoObB][0-9a-fA-F_]+|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[0-9][0-9_]*\.?[0-9_]*([eE][-+]?[0-9]+)?|\.[0-9][0-9_]*([eE][-+]?[0-9]+)?)$`)

// jsonNumber holds the parts of a number as JSON spells it.
type jsonNumber struct {
	negative              bool
	whole, frac, exponent string
}

// splitNumber takes a text apart if it is a number as JSON spells it.
func splitNumber(text string) (n jsonNumber, ok bool) {
	rest := text
	if rest, n.negative = strings.CutPrefix(text, "-"); rest == "" {
		return n, false
	}
	n.whole, rest = cutDigits(rest)
	if n.whole == "" || (n.whole[0] == '0' && len(n.whole) > 1) {
		return n, false
	}
	if after, point := strings.CutPrefix(rest, "."); point {
		if n.frac, rest = cutDigits(after); n.frac == "" {
			return n, false
		}
	}
	if rest == "" {
		return n, true
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return n, false
	}
	n.exponent = rest[1:]
	digits, rest := cutDigits(strings.TrimPrefix(strings.TrimPrefix(n.exponent, "-"), "+"))
	return n, digits != "" && rest == "" && !strings.HasPrefix(n.exponent, "-+")
}

func cutDigits(text string) (digits, rest string) {
	i := 0
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	return text[:i], text[i:]
}

// canonicalNumber returns the exact decimal that a JSON number stands for, in its one
// spelling: no exponent, no plus sign, no leading or trailing zeros, no minus zero.
func canonicalNumber(text string) (string, error) {
	n, ok := splitNumber(text)
	switch {
	case !ok:
		return "", notANumber(text)
	case n.exponent != "":
		if err := n.movePoint(); err != nil {
			return "", tooManyDigits(text)
		}
	case len(n.whole)+len(n.frac) <= MaxDigits && text != "-0" && (n.frac == "" || n.frac[len(n.frac)-1] != '0'):
		return text, nil // most numbers
	}
	whole, frac := strings.TrimLeft(n.whole, "0"), strings.TrimRight(n.frac, "0")
	if len(whole)+len(frac) > MaxDigits {
		return "", tooManyDigits(text)
	}
	if whole == "" {
		whole = "0"
	}
	if frac != "" {
		whole += "." + frac
	}
	if n.negative && whole != "0" {
		return "-" + whole, nil
	}
	return whole, nil
}

// movePoint moves the point by the exponent.
func (n *jsonNumber) movePoint() error {
	by, err := strconv.Atoi(n.exponent)
	if err != nil || by > MaxDigits || by < -MaxDigits {
		return errors.New("exponent out of range")
	}
	if by >= 0 {
		frac := n.frac + strings.Repeat("0", max(0, by-len(n.frac)))
		n.whole, n.frac = n.whole+frac[:by], frac[by:]
		return nil
	}
	whole := strings.Repeat("0", max(0, -by-len(n.whole))) + n.whole
	at := len(whole) + by
	n.whole, n.frac = whole[:at], whole[at:]+n.frac
	return nil
}

func tooManyDigits(text string) error {
	return fmt.Errorf("%s has more than %d digits; write a number of a sensible size", quoteText(text), MaxDigits)
}

// notANumber says what is wrong with a text where a number is wanted, and the remedy.
func notANumber(text string) error {
	lower, shown := strings.ToLower(text), quoteText(text)
	unsigned := strings.TrimPrefix(text, "-")
	switch {
	case len(text) <= 5 && (strings.Contains(lower, "nan") || strings.Contains(lower, "inf")):
		return fmt.Errorf("%s is not a number that can be released; write a finite number", shown)
	case strings.HasPrefix(text, "+"):
		return fmt.Errorf("%s has a plus sign; %s", shown, writeNumber(text[1:]))
	case strings.HasPrefix(unsigned, "."):
		return fmt.Errorf("%s has no digit before the point; %s", shown, writeNumber(strings.Replace(text, ".", "0.", 1)))
	case strings.HasSuffix(text, "."):
		return fmt.Errorf("%s has no digit after the point; %s", shown, writeNumber(strings.TrimSuffix(text, ".")))
	case strings.Contains(text, ","):
		return fmt.Errorf("%s has a comma; write a point for decimals and nothing between thousands", shown)
	case !numberLike.MatchString(text):
		return fmt.Errorf("%s is not a number; write digits with a point for decimals, such as 19.90", shown)
	case strings.Contains(text, ":"):
		return fmt.Errorf("%s would be base 60 to some YAML parsers; write a decimal number", shown)
	case strings.ContainsAny(lower, "xob"):
		return fmt.Errorf("%s is a hexadecimal, octal or binary number to some YAML parsers; write a decimal number", shown)
	case strings.Contains(text, "_"):
		return fmt.Errorf("%s has underscores; %s", shown, writeNumber(strings.ReplaceAll(text, "_", "")))
	}
	return fmt.Errorf("%s would be octal to some YAML parsers; write it without leading zeros", shown)
}

// writeNumber proposes a spelling if it is one that will be accepted.
func writeNumber(text string) string {
	if _, ok := splitNumber(text); !ok || len(text) > MaxDigits {
		return "write digits with a point for decimals, such as 19.90"
	}
	return "write " + text
}

// quoteText quotes a text for a message and shortens it.
func quoteText(text string) string { return strconv.Quote(shorten(text)) }

// shorten cuts a text to what fits in a message.
func shorten(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	if r := []rune(text[:min(len(text), 4*most+4)]); len(r) > most {
		return string(r[:most]) + "..."
	}
	return text
}
