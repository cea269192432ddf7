package spec

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

var (
	envRef       = regexp.MustCompile(`\$\{([^}]*)\}`)
	envName      = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	bareEnvRef   = regexp.MustCompile(`\$[A-Za-z_]`)
	dsnPassword  = regexp.MustCompile(`^[^/@:]+:[^@]+@(\w*\(|/)`) // a MySQL DSN: user:password@tcp(host)/db
	namedSecrets = regexp.MustCompile(`(?i)(?:^|[?&;\s])[a-z_.-]*(?:password|passwd|pwd|secret|token|access_?key)[a-z_.-]*=([^&;\s]+)`)
)

// secrets refuses passwords that stand in the file, in every environment: what is in Git
// once stays there. It also checks how environment references are written.
func (l *pipelineLoader) secrets(fields map[string]any) {
	l.storeSecrets(fields["stores"], "stores")
	environments, _ := fields["environments"].(map[string]any)
	for name, v := range environments {
		overlay, _ := v.(map[string]any)
		l.storeSecrets(overlay["stores"], "environments", name, "stores")
	}
	sensitive, _ := fields["sensitive"].(map[string]any)
	if key, ok := sensitive["digestKey"].(string); ok {
		at := []any{"sensitive", "digestKey"}
		l.checkRefs(at, key)
		if envRef.ReplaceAllString(key, "") != "" {
			l.fail(at, "a secret must not stand in Git; write \"${PROMOCTL_DIGEST_KEY}\" and set the variable where promoctl runs")
		}
	}
}

func (l *pipelineLoader) storeSecrets(list any, path ...any) {
	stores, _ := list.([]any)
	for i, v := range stores {
		store, _ := v.(map[string]any)
		name, _ := store["name"].(string)
		for _, field := range [...]string{"url", "prefix"} {
			text, _ := store[field].(string)
			at := append(append([]any{}, path...), i, field)
			l.checkRefs(at, text)
			if literalPassword(text) {
				variable := strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_URL"
				l.fail(at, "a password must not stand in Git; write \"${%s}\" and set the variable where promoctl runs", variable)
			}
		}
	}
}

// checkRefs refuses environment references that would not be expanded.
func (l *pipelineLoader) checkRefs(at []any, text string) {
	rest := text
	for _, m := range envRef.FindAllStringSubmatch(text, -1) {
		if !envName.MatchString(m[1]) {
			l.fail(at, "not the name of an environment variable; write ${NAME} with letters, digits and underscores")
		}
		rest = strings.Replace(rest, m[0], "", 1)
	}
	if strings.Contains(rest, "${") || bareEnvRef.MatchString(rest) {
		l.fail(at, "a variable of the environment is written in braces; write ${NAME}")
	}
}

// literalPassword reports whether an address holds a password that is not a reference.
func literalPassword(text string) bool {
	text = envRef.ReplaceAllString(text, "")
	if u, err := url.Parse(text); err == nil && u.User != nil {
		if password, _ := u.User.Password(); password != "" {
			return true
		}
	}
	return dsnPassword.MatchString(text) || namedSecrets.MatchString(text)
}

// Expand replaces ${VARIABLE} references. An unset or empty variable is an error that
// names it. The result may be a secret.
func Expand(text string, getenv func(string) string) (string, error) {
	var missing []string
	out := envRef.ReplaceAllStringFunc(text, func(ref string) string {
		name := ref[2 : len(ref)-1]
		v := getenv(name)
		if v == "" {
			missing = append(missing, name)
		}
		return v
	})
	if len(missing) > 0 {
		return "", fmt.Errorf("environment variable %s is not set; export it", strings.Join(missing, ", "))
	}
	return out, nil
}
