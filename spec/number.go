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

var (
	jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
	// numberLike is what some YAML parser would read as a number: octal, hexadecimal,
	// binary, underscores, a sign, a bare point, sexagesimal.
	numberLike = regexp.MustCompile(`^[-+]?(0[xXoObB][0-9a-fA-F_]+|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[0-9][0-9_]*\.?[0-9_]*([eE][-+]?[0-9]+)?|\.[0-9][0-9_]*([eE][-+]?[0-9]+)?)$`)
)

// canonicalNumber returns the exact decimal that a JSON number stands for, in its one
// spelling: no exponent, no plus sign, no leading or trailing zeros, no minus zero.
func canonicalNumber(text string) (string, error) {
	if isPlainInteger(text) {
		return text, nil
	}
	if !jsonNumber.MatchString(text) {
		return "", notANumber(text)
	}
	negative := strings.HasPrefix(text, "-")
	mantissa, exponent := strings.TrimPrefix(text, "-"), 0
	if i := strings.IndexAny(mantissa, "eE"); i >= 0 {
		var err error
		exponent, err = strconv.Atoi(mantissa[i+1:])
		if err != nil || exponent > MaxDigits || exponent < -MaxDigits {
			return "", fmt.Errorf("%q has more than %d digits; write a number of a sensible size", text, MaxDigits)
		}
		mantissa = mantissa[:i]
	}
	whole, frac, _ := strings.Cut(mantissa, ".")
	return joinDecimal(text, negative, whole, frac, exponent)
}

// joinDecimal moves the point by exponent and strips zeros that carry nothing.
func joinDecimal(text string, negative bool, whole, frac string, exponent int) (string, error) {
	for ; exponent > 0; exponent-- {
		if frac == "" {
			frac = "0"
		}
		whole, frac = whole+frac[:1], frac[1:]
	}
	for ; exponent < 0; exponent++ {
		if whole == "" {
			whole = "0"
		}
		whole, frac = whole[:len(whole)-1], whole[len(whole)-1:]+frac
	}
	whole = strings.TrimLeft(whole, "0")
	frac = strings.TrimRight(frac, "0")
	if len(whole)+len(frac) > MaxDigits {
		return "", fmt.Errorf("%q has more than %d digits; write a number of a sensible size", text, MaxDigits)
	}
	if whole == "" {
		whole = "0"
	}
	out := whole
	if frac != "" {
		out += "." + frac
	}
	if negative && out != "0" {
		out = "-" + out
	}
	return out, nil
}

// isPlainInteger recognizes the common case without a regular expression.
func isPlainInteger(text string) bool {
	if len(text) == 0 || len(text) > 18 || (text[0] == '0' && len(text) > 1) {
		return false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

// notANumber says what is wrong with a text where a number is wanted, and the remedy.
func notANumber(text string) error {
	lower := strings.ToLower(text)
	switch {
	case strings.Contains(lower, "nan") && len(text) <= 5, strings.Contains(lower, "inf") && len(text) <= 5:
		return fmt.Errorf("%q is not a number that can be released; write a finite number", text)
	case strings.HasPrefix(text, "+"):
		return fmt.Errorf("%q has a plus sign; write %s", text, text[1:])
	case strings.HasPrefix(text, "."), strings.HasPrefix(text, "-."):
		return fmt.Errorf("%q has no digit before the point; write %s", text, strings.Replace(text, ".", "0.", 1))
	case strings.HasSuffix(text, "."):
		return fmt.Errorf("%q has no digit after the point; write %s", text, strings.TrimSuffix(text, "."))
	case strings.Contains(text, "_"):
		return fmt.Errorf("%q has underscores; write %s", text, strings.ReplaceAll(text, "_", ""))
	case strings.Contains(text, ","):
		return fmt.Errorf("%q has a comma; write a point for decimals and nothing between thousands", text)
	case strings.Contains(text, ":"):
		return fmt.Errorf("%q would be base 60 to some YAML parsers; write a decimal number", text)
	case len(text) > 1 && (text[0] == '0' || strings.HasPrefix(text, "-0")) && numberLike.MatchString(text):
		return fmt.Errorf("%q would be octal or hexadecimal to some YAML parsers; write it without the leading zero", text)
	}
	return errors.New(quoteText(text) + " is not a number; write digits with a point for decimals, such as 19.90")
}

// quoteText quotes a text for a message and shortens it.
func quoteText(text string) string {
	const most = 60
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "..."
	}
	return strconv.Quote(text)
}
