package promoctl_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
)

const (
	maxFileLines     = 600 // tests too
	maxFunctionLines = 100
	maxMainLines     = 12
)

// checkSizes finds files and functions that do too much.
func checkSizes(files []*goFile) []string {
	var broken []string
	for _, f := range files {
		most := maxFileLines
		if within(f.name, "cmd/*/main.go") {
			most = maxMainLines
		}
		if f.lines > most {
			broken = append(broken, fmt.Sprintf("%s: %d lines, at most %d; split it by what it does", f.name, f.lines, most))
		}
	}
	for _, f := range program(files) {
		for _, decl := range f.ast.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := f.fset.Position(fn.End()).Line - f.line(fn) + 1; n > maxFunctionLines {
				broken = append(broken, fmt.Sprintf("%s:%d: %s has %d lines, at most %d", f.name, f.line(fn), fn.Name.Name, n, maxFunctionLines))
			}
		}
	}
	return broken
}

// checkDocs finds packages, types and functions that do not say what they are for.
// Constants and variables may share a comment, so nobody but a reader can check those.
func checkDocs(files []*goFile) []string {
	documented := map[string]bool{}
	var dirs, broken []string
	for _, f := range program(files) {
		if !slices.Contains(dirs, f.dir) {
			dirs = append(dirs, f.dir)
		}
		documented[f.dir] = documented[f.dir] || f.ast.Doc != nil
		if f.ast.Name.Name == "main" {
			continue // nobody imports it
		}
		for _, decl := range f.ast.Decls {
			for _, name := range undocumented(decl) {
				broken = append(broken, fmt.Sprintf("%s:%d: %s has no doc comment", f.name, f.line(decl), name))
			}
		}
	}
	for _, dir := range dirs {
		if !documented[dir] {
			broken = append(broken, fmt.Sprintf("%s: no file says why the package exists", dir))
		}
	}
	return broken
}

// undocumented returns the exported functions and types of a declaration that have no
// comment.
func undocumented(decl ast.Decl) []string {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
			return []string{d.Name.Name}
		}
	case *ast.GenDecl:
		if d.Tok != token.TYPE {
			return nil
		}
		var out []string
		for _, s := range d.Specs {
			if spec := s.(*ast.TypeSpec); spec.Name.IsExported() && spec.Doc == nil && (d.Doc == nil || d.Lparen.IsValid()) {
				out = append(out, spec.Name.Name)
			}
		}
		return out
	}
	return nil
}

// exportedReceiver reports whether a method's type is exported; functions have none.
func exportedReceiver(fn *ast.FuncDecl) bool {
	if fn.Recv == nil {
		return true
	}
	typ := fn.Recv.List[0].Type
	for {
		switch t := typ.(type) {
		case *ast.StarExpr:
			typ = t.X
		case *ast.IndexExpr:
			typ = t.X
		case *ast.Ident:
			return t.IsExported()
		default:
			return true
		}
	}
}
