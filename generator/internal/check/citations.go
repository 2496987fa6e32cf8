package check

import (
	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

// citations warns of document numbers that no policy of the library has: a
// slip of the pen, or a document that is not recorded here.
func citations(e *site.Edition) problem.List {
	var list problem.List
	for _, cite := range e.Body.Citations {
		if cite.Known {
			continue
		}
		list = append(list, at(problem.Problem{Code: "unknown-number", Severity: problem.Warning,
			Message: locale.Tf("政策库里没有发文字号“%s”", "the library of policies has no document with the number “%s”", cite.Text),
			Hint:    locale.T("核对发文字号；如果没有写错，可以为这份文件建一条政策记录", "check the number; if it is right, the document may deserve a record among the policies"),
		}, e, cite.Pos))
	}
	return list
}
