package promoctl_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// checkInit finds functions that run by being imported.
func checkInit(files []*goFile) []string {
	var broken []string
	for _, f := range program(files) {
		for _, decl := range f.ast.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				broken = append(broken, fmt.Sprintf("%s:%d: func init runs unasked; call a function where it is needed", f.name, f.line(fn)))
			}
		}
	}
	return broken
}

// checkState finds package-level variables that change: assigned to, counted up,
// deleted from or pointed at in a function, or made to change, such as locks.
func checkState(files []*goFile) []string {
	packages := map[string][]*goFile{}
	for _, f := range program(files) {
		packages[f.dir] = append(packages[f.dir], f)
	}
	var broken []string
	for dir, members := range packages {
		broken = append(broken, newStateChecker(dir, members).check(members)...)
	}
	slices.Sort(broken)
	return broken
}

// stateChecker looks for state in one package.
type stateChecker struct {
	info   types.Info
	scope  *types.Scope
	file   *goFile
	broken []string
}

// newStateChecker resolves the names in a package. Nothing is imported, for speed:
// what a package declares itself is known all the same, and nothing else is asked.
func newStateChecker(dir string, members []*goFile) *stateChecker {
	c := &stateChecker{info: types.Info{Uses: map[*ast.Ident]types.Object{}}}
	asts := make([]*ast.File, len(members))
	for i, f := range members {
		asts[i] = f.ast
	}
	conf := types.Config{Importer: noImporter{}, Error: func(error) {}}
	pkg, _ := conf.Check(dir, members[0].fset, asts, &c.info) // the errors are about imports
	c.scope = pkg.Scope()
	return c
}

type noImporter struct{}

// Import implements types.Importer.
func (noImporter) Import(string) (*types.Package, error) { return nil, errors.New("not imported") }

func (c *stateChecker) check(members []*goFile) []string {
	for _, f := range members {
		c.file = f
		for _, decl := range f.ast.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				ast.Inspect(d, c.visit)
			case *ast.GenDecl:
				c.visitDecl(d)
			}
		}
	}
	return c.broken
}

// visitDecl looks at the variables that a package declares.
func (c *stateChecker) visitDecl(d *ast.GenDecl) {
	if d.Tok != token.VAR {
		return
	}
	for _, s := range d.Specs {
		spec := s.(*ast.ValueSpec)
		if madeToChange(spec.Type) || slices.ContainsFunc(spec.Values, makesChangeable) {
			c.report(spec, spec.Names[0].Name, "is made to change")
		}
		for _, v := range spec.Values {
			ast.Inspect(v, c.visit) // function literals
		}
	}
}

// madeToChange reports whether a type is a lock, an atomic or a channel.
func madeToChange(typ ast.Expr) bool {
	switch t := typ.(type) {
	case *ast.StarExpr:
		return madeToChange(t.X)
	case *ast.IndexExpr: // atomic.Pointer[T]
		return madeToChange(t.X)
	case *ast.ChanType:
		return true
	case *ast.SelectorExpr:
		pkg, ok := t.X.(*ast.Ident)
		return ok && (pkg.Name == "sync" || pkg.Name == "atomic")
	}
	return false
}

// makesChangeable reports whether a value is one of those that madeToChange knows.
func makesChangeable(value ast.Expr) bool {
	switch v := value.(type) {
	case *ast.CompositeLit:
		return madeToChange(v.Type)
	case *ast.UnaryExpr:
		return makesChangeable(v.X)
	case *ast.CallExpr:
		fn, ok := v.Fun.(*ast.Ident)
		return ok && (fn.Name == "make" || fn.Name == "new")
	}
	return false
}

// visit looks at what a function does.
func (c *stateChecker) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for _, to := range n.Lhs {
			c.changes(to, "is assigned to")
		}
	case *ast.IncDecStmt:
		c.changes(n.X, "is counted")
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			c.changes(n.Key, "is assigned to")
			c.changes(n.Value, "is assigned to")
		}
	case *ast.UnaryExpr:
		if _, literal := n.X.(*ast.CompositeLit); n.Op == token.AND && !literal {
			c.changes(n.X, "is pointed at")
		}
	case *ast.CallExpr:
		if fn, ok := n.Fun.(*ast.Ident); ok && slices.Contains([]string{"delete", "clear", "copy"}, fn.Name) && len(n.Args) > 0 {
			c.changes(n.Args[0], "is changed by "+fn.Name)
		}
	}
	return true
}

// changes reports what happens to a variable if it is a package's.
func (c *stateChecker) changes(x ast.Expr, what string) {
	name, root := []string{}, x
	for {
		switch v := root.(type) {
		case *ast.ParenExpr:
			root = v.X
		case *ast.StarExpr:
			root = v.X
		case *ast.IndexExpr:
			root = v.X
		case *ast.SliceExpr:
			root = v.X
		case *ast.SelectorExpr:
			name, root = append(name, v.Sel.Name), v.X
		case *ast.Ident:
			name = append(name, v.Name)
			slices.Reverse(name)
			c.changesNamed(v, strings.Join(name, "."), what)
			return
		default:
			return
		}
	}
}

func (c *stateChecker) changesNamed(root *ast.Ident, name, what string) {
	switch obj := c.info.Uses[root].(type) {
	case *types.PkgName:
		c.report(root, name, what)
	case *types.Var:
		if obj.Parent() == c.scope {
			c.report(root, name, what)
		}
	}
}

func (c *stateChecker) report(at ast.Node, name, what string) {
	c.broken = append(c.broken, fmt.Sprintf("%s:%d: package-level variable %s %s", c.file.name, c.file.line(at), name, what))
}
