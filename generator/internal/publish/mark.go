package publish

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const markName = ".waijiao"

const markHead = "# 此文件夹由 generator build 生成，每次生成时更新。以下资源再保留一次。\n" +
	"# This folder is made by generator build and renewed by every build. The assets below stay for one build more.\n"

// mark is the file that tells a published folder from any other, and remembers
// which assets were retired.
type mark struct {
	found   bool
	retired []string // sorted paths below the folder
}

func (m mark) encode() []byte {
	var b strings.Builder
	b.WriteString(markHead)
	for _, name := range m.retired {
		b.WriteString(name + "\n")
	}
	return []byte(b.String())
}

func readMark(out string) (mark, error) {
	src, err := os.ReadFile(filepath.Join(out, markName))
	if err != nil {
		return mark{}, err
	}
	m := mark{found: true}
	for line := range strings.Lines(string(src)) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") {
			m.retired = append(m.retired, line)
		}
	}
	slices.Sort(m.retired)
	return m, nil
}
