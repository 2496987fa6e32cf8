package render

import (
	"bytes"
	"html/template"
	"net/url"

	"waijiao/generator/internal/site"
	"waijiao/internal/form"
	"waijiao/internal/shell"
)

type formsView struct {
	*listView
	Forms []formItem
}

type formItem struct {
	Href, Title, Summary, Audience string
}

func (t *tongue) drawForms(w *worker) error {
	p, list := t.section("/forms/", "forms")
	v := &formsView{listView: list}
	for _, f := range t.s.Forms {
		item := formItem{Href: t.L.Path("/forms/" + f.ID + "/"), Title: f.Title.In(t.L), Summary: f.Summary.In(t.L)}
		if f.Audience != "" {
			item.Audience = upperFirst(t.word("audience." + f.Audience))
		}
		v.Forms = append(v.Forms, item)
	}
	p.template, p.view = "forms", v
	return w.draw(p)
}

type formView struct {
	*tongue
	Title, Lead, Intro string
	Next               []string
	Form               template.HTML
	Email              string
	// Ask is the form for questions about this one, or empty.
	Ask string
}

// enquiry is the form for every question, if the site has it.
const enquiry = "enquiry"

// drawForm draws a form's page: whole and usable as it stands, with the marks
// of package shell around what intake draws anew.
func (t *tongue) drawForm(w *worker, f *form.Form) error {
	path := "/forms/" + f.ID + "/"
	var drawn bytes.Buffer
	if err := f.Draw(&drawn, form.View{Lang: t.L, Action: t.L.Path(path)}); err != nil {
		return err
	}
	v := formView{
		tongue: t, Title: f.Title.In(t.L), Lead: f.Summary.In(t.L), Intro: f.Intro.In(t.L),
		Form: template.HTML(shell.Mark(shell.Form, drawn.String())), Email: t.s.Config.Contact.Email,
	}
	if f.ID != enquiry && t.s.Form(enquiry) != nil {
		v.Ask = t.L.Path("/forms/"+enquiry+"/") + "?page=" + url.QueryEscape(t.L.Path(path))
	}
	for _, step := range f.Next {
		v.Next = append(v.Next, step.In(t.L))
	}
	return w.draw(&page{
		tongue: t, path: path, section: "/forms/", kind: "form", title: v.Title, desc: v.Lead,
		crumbs:   []crumb{{path: "/forms/", title: t.titleAt("/forms/")}},
		column:   t.s.Config.Section("/forms/"),
		titleTag: f.TitleTag(t.L, 0), template: "form", view: v, extra: t.formScript(),
	})
}

// formDefinition publishes what intake knows of a form.
func (r *renderer) formDefinition(w *worker, f *form.Form) error {
	src, err := f.Encode()
	if err != nil {
		return err
	}
	return w.emit(Page{Path: "forms/" + f.ID + "/form.json", Body: src})
}

// drawShell draws the page that intake fills with receipts and errors. Its
// language switch leads to its twin; intake puts the address there at which it
// shows the page.
func (t *tongue) drawShell(w *worker) error {
	content, err := t.fill("shell", t)
	if err != nil {
		return err
	}
	title := buf{}
	title.html("<title>")
	title.text(t.word("section.forms") + " – " + t.s.Config.Name.In(t.L))
	title.html("</title>")
	return w.draw(&page{
		tongue: t, path: "/forms/shell/", section: "/forms/", kind: "shell", noindex: true,
		title: t.word("section.forms"), titleTag: string(title.b), main: shell.Mark(shell.Main, content),
		extra: t.formScript(),
	})
}

// formScript is the element that loads the script of forms. It waits for the
// page, which serves without it.
func (t *tongue) formScript() string {
	src := t.th.FormScript()
	if src == "" {
		return ""
	}
	return `<script src="` + src + `" defer></script>` + "\n"
}

type notFoundView struct {
	*tongue
	Own, Foreign notFoundText
}

// notFoundText is what the page says in one language.
type notFoundText struct {
	Lang, Title, Text string
	Links             []navItem
}

func (t *tongue) notFound(links []string) notFoundText {
	v := notFoundText{Lang: t.L.Tag(), Title: t.word("404"), Text: t.word("404.text")}
	for _, path := range links {
		item := navItem{Href: t.L.Path(path), Title: t.word("home")}
		if path != "/" {
			item.Title = t.titleAt(path)
		}
		v.Links = append(v.Links, item)
	}
	return v
}

// drawNotFound draws the page for addresses that do not exist. It speaks both
// languages, since a web server can rarely tell which one was wanted.
func (t *tongue) drawNotFound(w *worker) error {
	links := []string{"/", "/notices/", "/policies/", "/guides/", "/sitemap/"}
	v := notFoundView{tongue: t, Own: t.notFound(links), Foreign: t.tongue(t.L.Other()).notFound(links)}
	return w.draw(&page{
		tongue: t, path: "/404/", file: t.L.Path("/404.html")[1:], kind: "not-found", title: v.Own.Title,
		noindex: true, switchTo: "/", template: "not-found", view: v,
	})
}

// drawRedirects leaves a page at every old address, and lists them all for
// web servers that can answer with a redirect of their own.
func (r *renderer) drawRedirects(w *worker) error {
	var list buf
	list.html("[")
	for d := range r.s.Documents() {
		if d.Hidden {
			continue
		}
		for _, alias := range d.Aliases {
			for _, t := range r.tongues {
				if len(list.b) > 1 {
					list.html(",")
				}
				list.html("\n  {\"from\":")
				list.jsonString(t.L.Path(alias))
				list.html(",\"to\":")
				list.jsonString(t.L.Path(d.Path()))
				list.html("}")
				if err := t.drawMoved(w, alias, d); err != nil {
					return err
				}
			}
		}
	}
	list.html("\n]\n")
	return w.emit(Page{Path: "redirects.json", Body: list.b})
}

type movedView struct {
	*tongue
	Href  string
	Title template.HTML
}

func (t *tongue) drawMoved(w *worker, from string, d *site.Document) error {
	e, to := d.Edition(t.L), d.Path()
	only := e.Lang // what is not translated has one address that counts
	if only == t.L {
		only = ""
	}
	var refresh buf
	refresh.html(`<meta http-equiv="refresh" content="0; url=`)
	refresh.text(t.L.Path(to))
	refresh.html("\">\n")
	return w.draw(&page{
		tongue: t, path: from, rel: to, only: only, kind: "moved", title: t.word("moved"), noindex: true, extra: string(refresh.b),
		template: "moved", view: movedView{t, t.L.Path(to), t.TextIn(e.Lang, e.Title)},
	})
}
