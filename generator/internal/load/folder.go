package load

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"waijiao/generator/internal/site"
	"waijiao/internal/locale"
	"waijiao/internal/problem"
)

// hidden tells whether a file is none of our business: names that begin with a
// dot belong to git, editors and operating systems.
func hidden(name string) bool { return strings.HasPrefix(name, ".") }

// whole is a problem that concerns a whole file or folder.
func whole(severity problem.Severity, code, file string, message, hint locale.Text) problem.Problem {
	return problem.Problem{Code: code, Severity: severity, File: file, Message: message, Hint: hint}
}

// irregular refuses what is neither a file nor a folder. A symbolic link may
// point out of the content folder, and would publish what lies there.
func (l *loader) irregular(e fs.DirEntry, name string) bool {
	return irregular(&l.list, e, name)
}

func irregular(list *problem.List, e fs.DirEntry, name string) bool {
	switch {
	case e.Type()&fs.ModeSymlink != 0:
		*list = append(*list, whole(problem.Error, "symlink", name,
			locale.T("内容文件夹里不能有符号链接", "the content folder may hold no symbolic link"),
			locale.T("换成文件本身", "put the file itself in its place")))
	case e.Type()&^fs.ModeDir&fs.ModeType != 0:
		*list = append(*list, whole(problem.Error, "special-file", name,
			locale.T("这不是普通文件", "this is not an ordinary file"),
			locale.T("删去它", "remove it")))
	default:
		return false
	}
	return true
}

// stray warns of a file or folder that nothing reads.
func stray(name string, known []string) problem.Problem {
	slices.Sort(known)
	return whole(problem.Warning, "unknown-file", name,
		locale.Tf("没有程序会读取“%s”", "nothing reads “%s”", path.Base(name)),
		didYouMean(path.Base(name), known))
}

// listing reads a folder at the top that need not be there, without what is hidden or
// irregular.
func (l *loader) listing(name string) ([]fs.DirEntry, error) {
	if !l.top[name] {
		return nil, nil
	}
	entries, err := fs.ReadDir(l.fsys, name)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		return hidden(e.Name()) || l.irregular(e, name+"/"+e.Name())
	}), nil
}

// documents reads every document's folder. The drafts come in the order of
// their addresses.
func (l *loader) documents() ([]*draft, error) {
	var drafts []*draft
	for _, kind := range []site.Kind{site.KindPolicy, site.KindNotice, site.KindGuide, site.KindPage} {
		entries, err := l.listing(string(kind))
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			name := string(kind) + "/" + e.Name()
			switch {
			case !e.IsDir():
				l.list = append(l.list, whole(problem.Warning, "unknown-file", name,
					locale.T("这个文件不在任何文档的文件夹里", "this file is in no document's folder"),
					locale.Tf("每份文档一个文件夹，例如 %[1]s/名称/zh.md", "each document is a folder, such as %[1]s/name/zh.md", kind)))
			case !isSlug(e.Name()):
				l.list = append(l.list, whole(problem.Error, "bad-slug", name,
					locale.Tf("文件夹名“%s”不能用作网址", "the folder's name “%s” cannot be an address", e.Name()),
					locale.T("只用小写英文字母、数字和连字符，例如 work-permit", "use lower-case English letters, digits and single hyphens, such as work-permit")))
			case kind == site.KindPage && slices.Contains(reserved(), e.Name()):
				l.list = append(l.list, whole(problem.Error, "reserved-slug", name,
					locale.Tf("网址 /%s/ 已由网站自己使用", "the address /%s/ belongs to the site itself", e.Name()),
					locale.T("给文件夹换个名字", "give the folder another name")))
			default:
				drafts = append(drafts, newDraft(kind, e.Name()))
			}
		}
	}
	err := each(len(drafts), func(i int) error { return l.folder(drafts[i]) })
	return drafts, err
}

// reserved lists the addresses at the root that no page may take.
func reserved() []string {
	return []string{"404", "assets", "coverage", "en", "feed", "forms", "glossary", "guides", "notices",
		"policies", "schools", "search", "sitemap", "teachers", "vacancies", "zones"}
}

// folder reads one document.
func (l *loader) folder(d *draft) error {
	name := string(d.Kind) + "/" + d.Slug
	entries, err := fs.ReadDir(l.fsys, name)
	if err != nil {
		return err
	}
	var zh, en []byte
	hasZH, hasEN := false, false
	for _, e := range entries {
		file := name + "/" + e.Name()
		switch {
		case hidden(e.Name()) || irregular(&d.list, e, file):
		case e.IsDir():
			d.list = append(d.list, whole(problem.Warning, "unknown-file", file,
				locale.T("文档的文件夹里不能再有文件夹", "a document's folder holds no folders"),
				locale.T("把附件直接放在文档的文件夹里", "put attachments into the document's own folder")))
		case e.Name() == "zh.md":
			zh, err = fs.ReadFile(l.fsys, file)
			hasZH = true
		case e.Name() == "en.md":
			en, err = fs.ReadFile(l.fsys, file)
			hasEN = true
		case strings.HasSuffix(strings.ToLower(e.Name()), ".md"):
			d.list = append(d.list, stray(file, []string{"en.md", "zh.md"}))
		default:
			err = d.attach(e, file)
		}
		if err != nil {
			return err
		}
	}
	if !hasZH && !hasEN {
		d.list = append(d.list, whole(problem.Error, "no-text", name,
			locale.T("文件夹里没有 zh.md，也没有 en.md", "the folder holds neither zh.md nor en.md"),
			locale.T("写一个 zh.md，或者删去文件夹", "write a zh.md, or remove the folder")))
		return nil
	}
	if hasZH {
		d.zh = open(d, locale.ZH, name+"/zh.md", zh)
	}
	if hasEN {
		d.en = open(d, locale.EN, name+"/en.md", en)
	}
	l.decode(d, hasZH, hasEN)
	return nil
}

// attach adds a file that lies beside the text.
func (d *draft) attach(e fs.DirEntry, file string) error {
	info, err := e.Info()
	if err != nil {
		return err
	}
	media, ok := mediaType(e.Name())
	if !ok {
		d.list = append(d.list, whole(problem.Error, "attachment-type", file,
			locale.T("不能发布这种附件", "attachments of this type cannot be published"),
			locale.T("可以发布："+strings.Join(endings(), " "), "these can: "+strings.Join(endings(), " "))))
		return nil
	}
	d.Attachments = append(d.Attachments, site.Attachment{Name: e.Name(), Type: media, Size: info.Size()})
	return nil
}

func endings() []string {
	return []string{"pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp", "doc", "xls", "ppt", "wps", "et",
		"ofd", "csv", "txt", "zip", "ics", "png", "jpg", "jpeg", "webp", "gif", "svg", "mp3", "mp4"}
}

// mediaType goes by the ending alone and by this list alone: the list of the
// operating system differs between machines, and the output must not.
func mediaType(name string) (string, bool) {
	const office = "application/vnd.openxmlformats-officedocument."
	const open = "application/vnd.oasis.opendocument."
	ending := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	if !slices.Contains(endings(), ending) {
		return "", false
	}
	switch ending {
	case "pdf", "zip", "ofd":
		return "application/" + ending, true
	case "docx":
		return office + "wordprocessingml.document", true
	case "xlsx":
		return office + "spreadsheetml.sheet", true
	case "pptx":
		return office + "presentationml.presentation", true
	case "odt":
		return open + "text", true
	case "ods":
		return open + "spreadsheet", true
	case "odp":
		return open + "presentation", true
	case "doc":
		return "application/msword", true
	case "xls":
		return "application/vnd.ms-excel", true
	case "ppt":
		return "application/vnd.ms-powerpoint", true
	case "wps", "et":
		return "application/kswps", true
	case "csv":
		return "text/csv", true
	case "txt":
		return "text/plain", true
	case "ics":
		return "text/calendar", true
	case "jpg", "jpeg":
		return "image/jpeg", true
	case "svg":
		return "image/svg+xml", true
	case "mp3":
		return "audio/mpeg", true
	case "mp4":
		return "video/mp4", true
	}
	return "image/" + ending, true
}
