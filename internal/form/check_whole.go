package form

import (
	"fmt"

	"waijiao/internal/locale"
)

// rows finds what is wrong with a group.
func (c *checker) rows(path string, x *Field) {
	if c.group != nil {
		if oneOf(x.Type, Upload, Consent, Group) {
			c.say(path+".type", "not-in-group", locale.Tf("group 里不能有 %s 类型的字段", "a group cannot ask for a field of type %s", x.Type),
				locale.T("把它移到 group 外面", "move it out of the group"))
		}
		if x.Role != "" || x.Prefill {
			key := "role"
			if x.Role == "" {
				key = "prefill"
			}
			c.say(path+"."+key, "not-in-group", locale.Tf("group 里的字段不用“%s”", "a field of a group has no %s", key),
				locale.T("删去它", "take it out"))
		}
		return
	}
	if x.Type != Group {
		return
	}
	c.text(path+".item", x.Item, true)
	if len(x.Fields) == 0 {
		c.say(path+".fields", "missing-key", locale.T("group 没有字段", "the group has no field"),
			locale.T("在 fields: 下写每一行要问的字段", "write what each row asks under fields:"))
	}
	switch {
	case x.Most < 1 || x.Most > mostRows:
		c.say(path+".most", "bad-value", locale.Tf("most 只能是 1 到 %d", "most is from 1 to %d", mostRows), locale.Text{})
	case x.Least < 1 || x.Least > x.Most:
		c.say(path+".least", "bad-value", locale.Tf("least 只能是 1 到 most（%d）", "least is from 1 to most (%d)", x.Most),
			locale.T("可以一项都不填的，写 optional: true", "where no entry is needed, write optional: true"))
	}
	outside := c.earlier
	c.group, c.earlier = x, map[string]*Field{}
	for i, y := range x.Fields {
		at := fmt.Sprintf("%s.fields.%d", path, i)
		if y == nil {
			c.say(at, "missing-key", locale.T("这个字段是空的", "the field is empty"), locale.Text{})
			continue
		}
		c.field(at, y)
	}
	c.group, c.earlier = nil, outside
}

// parts bounds how much a page can send: intake takes a thousand parts, some of
// which are its own and those of files.
func (c *checker) parts() {
	const most = 800
	total, first := int64(0), ""
	for i, s := range c.form.Sections {
		if s == nil {
			return
		}
		for j, x := range s.Fields {
			if x == nil {
				return
			}
			if x.Type == Group && first == "" {
				first = fmt.Sprintf("sections.%d.fields.%d.fields", i, j)
			}
			total += x.parts()
			for _, y := range x.Fields {
				if y != nil {
					total += y.parts() * copies(x)
				}
			}
		}
	}
	if total > most && first != "" {
		c.say(first, "too-much", locale.Tf("填满时一页有 %d 个答案，超过了 %d 个", "filled in, the page has %d answers, more than %d", total, most),
			locale.T("减小 most，或者少问几项", "lower most, or ask less in each row"))
	}
}

// parts is how many values the field can send.
func (x *Field) parts() int64 {
	if x.Type == SomeOf {
		return int64(len(x.Choices))
	}
	return int64(max(x.Limits.Files, 1))
}

// role finds a role that the field cannot have.
func (c *checker) role(path string, x *Field) {
	at := path + ".role"
	switch x.Role {
	case RoleEmail:
		c.emails++
		always := !x.Optional && x.When == nil
		switch {
		case x.Type != Email:
			c.say(at, "bad-role", locale.T("role: email 只能用在 email 类型的字段上", "role: email is for a field of type email"), locale.Text{})
		case !always && !c.form.Anonymous:
			c.say(at, "bad-role", locale.T("提交人的邮箱必须总要填写", "the submitter's address must always be asked for"),
				locale.T("删去 optional 和 when，这样回执才有地方发；可以匿名提交的表单写 anonymous: true", "take out optional and when: the receipt goes there; a form that may be sent anonymously says anonymous: true"))
		case always && c.form.Anonymous:
			c.say(at, "bad-role", locale.T("表单写了 anonymous: true，邮箱就不能必填", "with anonymous: true the address cannot be required"),
				locale.T("给这个字段加上 optional: true 或 when", "give the field optional: true or when"))
		}
		if c.emails > 1 {
			c.say(at, "bad-role", locale.T("role: email 用了两次", "two fields have role: email"), locale.T("只留提交人的那一个", "keep it for the submitter's own"))
		}
	case RoleName, RoleSubject:
		if !oneOf(x.Type, Text, OneOf, District) {
			c.say(at, "bad-role", locale.Tf("role: %s 不能用在 %s 类型的字段上", "role: %s is not for a field of type %s", x.Role, x.Type), locale.Text{})
		}
	}
}

func (c *checker) roles() {
	if c.emails == 0 && len(c.form.Sections) > 0 && !c.form.Anonymous {
		c.say("sections", "no-submitter", locale.T("没有提交人的邮箱字段", "no field asks for the submitter's address"),
			locale.T("给一个 email 类型的字段加上 role: email，回执寄到那里；可以匿名提交的表单写 anonymous: true", "give a field of type email the line role: email: the receipt goes there; a form that may be sent anonymously says anonymous: true"))
	}
}

// mail compares the largest mail that the form can become with what the site
// allows.
func (c *checker) mail() {
	limit := c.form.Env.MailLimit
	if limit <= 0 || len(c.paths) == 0 {
		return
	}
	if worst := c.form.LargestMail(); worst > limit {
		at := c.paths[0] + ".size"
		c.say(at, "mail-too-large", locale.Tf("附件全部用满时，邮件有 %s，超过了网站的上限 %s", "with the largest attachments the mail would be %s, above the site's limit of %s", locale.Size(worst), locale.Size(limit)),
			locale.T("减小 size 或 files（编码后邮件比文件大三分之一以上），或者提高 site.yaml 里的 mail_limit",
				"lower size or files (encoded, a file grows by more than a third), or raise mail_limit in site.yaml"))
	}
}

// LargestMail is the size in bytes that the mail to the office does not exceed,
// with the largest permitted attachments and the longest answers. Base64 makes
// 4 bytes of 3 and adds CRLF after each 76 (RFC 2045, section 6.8).
func (f *Form) LargestMail() int64 {
	encoded := func(n int64) int64 { chars := (n + 2) / 3 * 4; return chars + (chars+75)/76*2 }
	const frame, partHead = 16 << 10, 1 << 10
	total, text := int64(frame), int64(0)
	f.definitions(func(x, group *Field) {
		total += int64(x.Limits.Files) * (encoded(x.Limits.Size) + partHead)
		text += (int64(x.Limits.MaxLength)*4 + 512) * copies(group)
	})
	return total + 2*encoded(text) // once as text, once as HTML
}
