package server

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"path"
	"strings"

	"waijiao/internal/form"
	"waijiao/internal/locale"
)

func text(zh, en string) locale.Text { return locale.T(zh, en) }

// refusal is an answer that is not what was asked for.
type refusal struct {
	status int
	code   string // for machines
	title  locale.Text
	detail locale.Text // what to do now
	faults []form.Fault
}

func crossSite() refusal {
	return refusal{http.StatusForbidden, "cross-site", text("这份表单来自别的网站", "This form was sent from another site"),
		text("为了您的安全，我们只接受从本网站页面上提交的表单。请在本网站打开表单，重新填写。", "For your safety we only take forms that are sent from our own pages. Please open the form on this site and fill it in there."), nil}
}

func notFound() refusal {
	return refusal{http.StatusNotFound, "not-found", text("没有找到这个页面", "There is no page at this address"),
		text("地址可能有误，或者页面已经移走。", "The address may be mistyped, or the page may have moved."), nil}
}

func tooLarge(limit int64) refusal {
	return refusal{http.StatusRequestEntityTooLarge, "too-large", text("提交的内容太大", "What you sent is too large"),
		text("附件合计不能超过 "+locale.Size(limit)+"。请返回上一页，换成较小的文件后再提交；您填写的内容应当还在。",
			"All attachments together may have at most "+locale.Size(limit)+". Please go back, choose smaller files and send the form again; what you typed should still be there."), nil}
}

func wrongType() refusal {
	return refusal{http.StatusUnsupportedMediaType, "unsupported-media-type", text("无法读取提交的内容", "We cannot read what was sent"),
		text("请使用本网站的表单页面提交，或以 multipart/form-data、application/x-www-form-urlencoded、application/json 之一发送。",
			"Please use the form on this site, or send multipart/form-data, application/x-www-form-urlencoded or application/json."), nil}
}

func broken() refusal {
	return refusal{http.StatusBadRequest, "malformed", text("提交的内容不完整", "What was sent is not complete"),
		text("传送可能中断了。请返回上一页，再提交一次。", "The connection may have been cut. Please go back and send the form again."), nil}
}

func tooSlow() refusal {
	return refusal{http.StatusRequestTimeout, "too-slow", text("传送得太慢", "What you sent came too slowly"),
		text("网络可能不稳定。请返回上一页，换一个网络或换成较小的文件再提交；您填写的内容应当还在。", "The connection may be bad. Please go back and send the form again over another one, or with smaller files; what you typed should still be there."), nil}
}

func tooMany() refusal {
	return refusal{http.StatusTooManyRequests, "too-many-requests", text("提交得太频繁", "Too many forms at once"),
		text("请等一分钟，返回上一页再提交；您填写的内容应当还在。", "Please wait a minute, go back and send the form again; what you typed should still be there."), nil}
}

func trouble() refusal {
	return refusal{http.StatusServiceUnavailable, "unavailable", text("现在无法处理", "We cannot do this at the moment"),
		text("您的内容还没有提交成功。请过几分钟再试一次。", "What you sent has not been accepted. Please try again in a few minutes."), nil}
}

// refuse answers with a page in both languages, the visitor's first, or with a
// problem for programs.
func (v *visit) refuse(f refusal) {
	if f.status == http.StatusServiceUnavailable {
		v.w.Header().Set("Retry-After", "120")
	}
	if f.status == http.StatusTooManyRequests {
		v.w.Header().Set("Retry-After", "60")
	}
	if v.json {
		v.problem(f)
		return
	}
	e, l, o := html.EscapeString, v.lang, v.lang.Other()
	at, label := v.onward()
	main := `<header class="page-head"><h1>` + e(f.title.In(l)) + `</h1><p class="lead">` + e(f.detail.In(l)) + `</p></header>` +
		`<p><a class="button" href="` + e(l.Path(at)) + `">` + e(label.In(l)) + `</a></p>` +
		`<section class="block" lang="` + o.Tag() + `"><h2>` + e(f.title.In(o)) + `</h2><p>` + e(f.detail.In(o)) + `</p></section>`
	v.shell(f.status, f.title.In(l), main, at)
}

// onward is the Chinese address of the page to go on with, and its words: the
// one that was asked for if there is one, else the home page. Nothing but what
// is published is linked, since others may choose the address.
func (v *visit) onward() (at string, label locale.Text) {
	at = path.Clean("/" + v.path)
	if at != "/" {
		at += "/"
	}
	if _, err := v.site.Stat(v.local(at)); err != nil || at == "/" {
		return "/", text("返回首页", "Back to the home page")
	}
	label = text("返回页面", "Back to the page")
	if strings.HasPrefix(at, "/forms/") && at != "/forms/" {
		label = text("返回表单", "Back to the form")
	}
	return (&url.URL{Path: at}).EscapedPath(), label
}

// problem answers by RFC 9457. The type is a name for the kind of problem that
// leads nowhere, and the faults stand in "errors", in the order of the form.
func (v *visit) problem(f refusal) {
	body := struct {
		Type   string       `json:"type"`
		Title  string       `json:"title"`
		Status int          `json:"status"`
		Code   string       `json:"code"`
		Detail string       `json:"detail,omitempty"`
		Errors []form.Fault `json:"errors,omitempty"`
	}{"urn:waijiao:problem:" + f.code, f.title.In(v.lang), f.status, f.code, f.detail.In(v.lang), f.faults}
	v.sendJSON(f.status, "application/problem+json", body)
}

func (v *visit) sendJSON(status int, mediaType string, body any) {
	h := v.w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Language", v.lang.Tag())
	h.Set("Cache-Control", "no-store")
	v.w.WriteHeader(status)
	e := json.NewEncoder(v.w)
	e.SetEscapeHTML(false)
	e.Encode(body)
}
