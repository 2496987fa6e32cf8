package form

import (
	"strconv"

	"waijiao/internal/locale"
)

// missing is what to say when a required field has no answer.
func (x *Field) missing() locale.Text {
	if !x.Missing.IsZero() {
		return x.Missing
	}
	t := x.Title()
	switch x.Type {
	case OneOf, District, Country:
		return locale.T("请选择“"+t.ZH+"”", "Choose an answer for “"+t.EN+"”")
	case SomeOf:
		return locale.T("“"+t.ZH+"”至少选一项", "Choose at least one answer for “"+t.EN+"”")
	case Group:
		return locale.T("“"+t.ZH+"”至少要填一项", "Fill in at least one entry for “"+t.EN+"”")
	case Upload:
		return locale.T("请上传“"+t.ZH+"”", "Attach a file for “"+t.EN+"”")
	case Consent:
		return locale.T("请确认并勾选“"+t.ZH+"”，否则无法受理", "Tick “"+t.EN+"” if you agree. We cannot accept the form without it")
	}
	return locale.T("请填写“"+t.ZH+"”", "Fill in “"+t.EN+"”")
}

// say has the words for what can be wrong with a value by itself; n is the
// number or text that they name. An unknown code gives no words, which a test
// over all codes would find.
func (x *Field) say(code, n string) locale.Text {
	t := x.Title()
	zh, en := "“"+t.ZH+"”", "“"+t.EN+"”"
	text := func(afterZH, afterEN string) locale.Text { return locale.T(zh+afterZH, en+" "+afterEN) }
	number, several, rows := x.Type == Number, x.Type == SomeOf, x.Type == Group
	switch code {
	case "control-character":
		return text("里有看不见的控制字符，请删去后重新输入", "contains invisible control characters. Type it again without them")
	case "email":
		return text("应当是一个完整的邮箱地址，例如office@example.org", "must be a complete e-mail address, such as office@example.org")
	case "email-local":
		return text("中@前面有汉字或其他非英文字符，目前无法给这样的邮箱发信，请换一个邮箱", "has letters before the @ that are not plain English ones. We cannot send mail to such an address yet: please give another")
	case "name":
		return text("应当是姓名：用任何文字都可以，但要有汉字或字母，不能有@、<、/之类的符号", "must be a name. Any script will do, but it needs letters, and cannot have signs such as @, < or /")
	case "number":
		return text("应当是数字，例如12", "must be a number, such as 12")
	case "whole":
		return text("应当是整数", "must be a whole number")
	case "decimals":
		return text("最多写"+n+"位小数", "can have at most "+n+plural(n, " decimal place", " decimal places"))
	case "date":
		return text("应当是一个存在的日期，例如2027-03-01", "must be a real date, such as 2027-03-01")
	case "choice":
		return text("里有一项不在选项之中，请重新选择", "has an answer that is not on the list. Choose again")
	case "too-many-files":
		return text("最多上传"+n+"个文件", "can have at most "+n+plural(n, " file", " files"))
	case "min":
		switch {
		case number:
			return text("不能小于"+n, "must be "+n+" or more")
		case several:
			return text("至少选"+n+"项", "needs at least "+n+plural(n, " answer", " answers"))
		case rows:
			return text("至少要填"+n+"项", "needs at least "+n+plural(n, " entry", " entries"))
		}
		return text("至少要写"+n+"个字", "must have at least "+n+plural(n, " character", " characters"))
	case "max":
		switch {
		case number:
			return text("不能大于"+n, "must be "+n+" or less")
		case several:
			return text("最多选"+n+"项", "can have at most "+n+plural(n, " answer", " answers"))
		case rows:
			return text("最多填"+n+"项，请移除多出的", "can have at most "+n+plural(n, " entry", " entries")+". Remove the others")
		}
		return text("最多写"+n+"个字", "can have at most "+n+plural(n, " character", " characters"))
	case "len":
		return text("应当正好是"+n+"个字符", "must have exactly "+n+plural(n, " character", " characters"))
	case "gt":
		return text("必须大于"+n, "must be more than "+n)
	case "lt":
		return text("必须小于"+n, "must be less than "+n)
	case "ascii":
		return text("只能用英文字母、数字和半角符号", "can only contain English letters, digits and ordinary signs")
	case "alpha":
		return text("只能用英文字母", "can only contain English letters")
	case "alphanum":
		return text("只能用英文字母和数字", "can only contain English letters and digits")
	case "numeric":
		return text("只能用数字", "can only contain digits")
	case "uppercase":
		return text("只能用大写字母", "must be in capital letters")
	case "lowercase":
		return text("只能用小写字母", "must be in lower-case letters")
	case "http_url":
		return text("应当是一个网址，以https://或http://开头", "must be a web address that begins with https:// or http://")
	case "contains":
		return text("里应当有“"+n+"”", "must contain “"+n+"”")
	case "excludes":
		return text("里不能有“"+n+"”", "must not contain “"+n+"”")
	case "startswith":
		return text("应当以“"+n+"”开头", "must begin with “"+n+"”")
	case "endswith":
		return text("应当以“"+n+"”结尾", "must end with “"+n+"”")
	case "uscc":
		return text("有误：应当是18位，不含字母I、O、S、V、Z，末位是校验码，请对照证书核对", "is not valid: a code has 18 characters, never the letters I, O, S, V or Z, and ends in a check character. Compare it with your certificate")
	case "phone":
		return text("应当是电话号码：手机号，带区号的座机，或以加号（+）和国家代码开头的境外号码", "must be a telephone number: a mobile number, a landline with its area code, or a number abroad that begins with + and the country code")
	case "cnmobile":
		return text("应当是11位的中国大陆手机号", "must be an 11-digit mobile number in mainland China")
	case "cnlandline":
		return text("应当是带区号的座机号码，分机号写在“转”之后", "must be a landline number in mainland China with its area code; write an extension after “ext.”")
	case "after":
		return text("要晚于"+n, "must be after "+n)
	case "notbefore":
		switch {
		case number:
			return text("不能小于"+n, "must not be less than "+n)
		}
		return text("不能早于"+n, "must not be before "+n)
	case "notpast":
		return text("不能早于今天", "must be today or later")
	case "notfuture":
		return text("不能晚于今天", "must be today or earlier")
	case "within":
		return text("要在今后"+n+"个月之内", "must be within the next "+n+plural(n, " month", " months"))
	}
	return locale.Text{}
}

func (x *Field) tooLarge(file string) locale.Text {
	return locale.Tf("文件“%s”超过了 %s，请压缩后再上传", "The file “%s” is larger than %s. Make it smaller and attach it again", file, locale.Size(x.Limits.Size))
}

func (x *Field) wrongKind(file string) locale.Text {
	names := x.kindNames()
	return locale.T("文件“"+file+"”的格式不对，请上传 "+names.ZH+" 文件", "The file “"+file+"” is of the wrong kind. Attach a "+names.EN+" file")
}

func plural(n, one, many string) string {
	if n == "1" {
		return one
	}
	return many
}

// ruleText has the words for a rule that an answer breaks.
func (f *Form) ruleText(x *Field, r rule, m moment) locale.Text {
	other := f.Field(r.param)
	if _, takes := ruleSpec(r.tag); takes != another || other == nil {
		return x.say(r.tag, r.text())
	}
	// The other field is named, and its answer with it, in each language.
	t, v := other.Title(), m.answers.Get(other.Name)
	zh := x.say(r.tag, "“"+t.ZH+"”（"+f.humanOne(other, v, locale.ZH)+"）").ZH
	en := x.say(r.tag, "“"+t.EN+"” ("+f.humanOne(other, v, locale.EN)+")").EN
	return locale.T(zh, en)
}

// humanOne writes one clean value for people.
func (f *Form) humanOne(x *Field, v string, l locale.Lang) string {
	switch x.Type {
	case Date:
		if d, err := locale.ParseDate(v); err == nil {
			return d.In(l)
		}
	case Number:
		return grouped(v)
	case OneOf, SomeOf, District, Country:
		if t, ok := f.made.offered[x.Name][v]; ok {
			return t.In(l)
		}
	case Consent:
		yes := locale.T("同意（文本版本"+x.Version+"）", "Yes (wording "+x.Version+")")
		return yes.In(l)
	}
	return v
}

func grouped(v string) string {
	n, err := strconv.Atoi(v)
	if err != nil {
		return v
	}
	return locale.Number(n)
}
