package theme

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"waijiao/internal/locale"
	"waijiao/internal/problem"

	"github.com/goccy/go-yaml"
)

func wordFile(l locale.Lang) string { return "words/" + string(l) + ".yaml" }

func readWords(fsys fs.FS, l locale.Lang) (map[string]string, problem.List) {
	file := wordFile(l)
	src, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, problem.List{unreadable(file, err)}
	}
	words := map[string]string{}
	if err := yaml.UnmarshalWithOptions(src, &words, yaml.Strict()); err != nil {
		p := unreadable(file, err)
		var at yaml.Error
		if errors.As(err, &at) && at.GetToken() != nil {
			p.Line, p.Column = at.GetToken().Position.Line, at.GetToken().Position.Column
			p.Message = locale.Tf("不是“键: 词”的列表：%s", "not a flat list of “key: word”: %s", at.GetMessage())
		}
		p.Code = "theme-words"
		return nil, problem.List{p}
	}
	return words, nil
}

// sameWords reports the keys that one language has and the other lacks. Only
// English tells one from many, so only English may have a key ending in .one.
func sameWords(words map[locale.Lang]map[string]string) problem.List {
	var problems problem.List
	for _, l := range locale.Langs() {
		for _, key := range slices.Sorted(maps.Keys(words[l])) {
			if l == locale.EN && strings.HasSuffix(key, ".one") {
				continue
			}
			if words[l][key] == "" {
				problems = append(problems, missingWord(wordFile(l), key))
			}
			if _, ok := words[l.Other()][key]; !ok {
				problems = append(problems, missingWord(wordFile(l.Other()), key))
			}
		}
	}
	return problems
}

func missingWord(file, key string) problem.Problem {
	return problem.Problem{
		Code: "theme-word-missing", Severity: problem.Error, File: file,
		Message: locale.Tf("主题缺少词“%s”", "the theme lacks the word %q", key),
		Hint:    locale.T("在两个词表里都写上它", fmt.Sprintf("write it in both %s and %s", wordFile(locale.ZH), wordFile(locale.EN))),
	}
}
