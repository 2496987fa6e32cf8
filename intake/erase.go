package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"

	"waijiao/intake/internal/desk"
	"waijiao/intake/internal/outbox"
	"waijiao/internal/locale"
)

type eraseCommand struct {
	storeFlags
	Reference string `arg:"" placeholder:"REF"`
	Yes       bool
	JSON      bool `name:"json"`
}

// Run erases one submission for good: a person's right.
func (c eraseCommand) Run(w *world) error {
	p, err := c.openBox(w)
	if err != nil {
		return err
	}
	defer p.close()
	ref := desk.Normal(c.Reference)
	if _, err := p.box.Look(w.ctx, ref); err != nil {
		return notThere(ref, err)
	}
	if err := w.confirm(c.Yes, ref, locale.Tf("将永久删除 %s 和它的邮件，不能恢复。", "%s and its mails will be erased for good.", ref)); err != nil {
		return err
	}
	if err := p.box.Erase(w.ctx, ref); err != nil {
		return notThere(ref, err)
	}
	w.log.Info("erased by the operator", "reference", ref)
	if c.JSON {
		return w.json(erased{Erased: []string{ref}})
	}
	w.say("%s 已从存储中删除。已寄出的邮件、备份和导出的表格里如有副本，请另行删除。", "%s is erased from the store. Delete any copies in mails that were sent, in backups and in exported tables there.", ref)
	return nil
}

// confirm asks somebody at a terminal to type a word, and demands --yes of
// everybody else.
func (w *world) confirm(yes bool, word string, what locale.Text) error {
	if yes {
		return nil
	}
	f, isFile := w.in.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return usage("这个命令会永久删除数据，请加上 --yes", "this command erases data for good: add --yes")
	}
	fmt.Fprintf(w.errOut, "%s\n%s ", what.In(w.lang), locale.Tf("确定的话，请输入 %s：", "To go on, type %s: ", word).In(w.lang))
	typed := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(w.in).ReadString('\n') // no line is not the word
		typed <- line
	}()
	select {
	case <-w.ctx.Done():
	case line := <-typed:
		if strings.TrimSpace(line) == word || desk.Normal(line) == word {
			return nil
		}
	}
	return coded("not-confirmed", trouble("没有删除任何内容", "nothing was erased"))
}

// erased is what erase and purge say in JSON.
type erased struct {
	Erased     []string `json:"erased"`
	WouldErase []string `json:"would_erase,omitempty"` // after --dry-run
}

type purgeCommand struct {
	storeFlags
	OlderThan string   `required:"" name:"older-than" placeholder:"DAYS"`
	Form      string   `placeholder:"FORM"`
	Status    []string `enum:"held,received,handling,answered,closed" placeholder:"STATUS"`
	DryRun    bool     `name:"dry-run"`
	Yes       bool
	JSON      bool `name:"json"`
}

// Run erases what was accepted long ago. The server erases by itself what has
// expired; this is for an office that has decided to keep less.
func (c purgeCommand) Run(w *world) error {
	days, err := strconv.Atoi(strings.TrimSuffix(c.OlderThan, "d"))
	if err != nil || days < 1 || days > 36500 {
		return usage("--older-than：请写天数，如 365d", "--older-than: write a number of days, such as 365d")
	}
	p, err := c.openBox(w)
	if err != nil {
		return err
	}
	defer p.close()
	before := w.now().AddDate(0, 0, -days)
	old, err := p.box.List(w.ctx, outbox.Filter{Before: before, Form: c.Form, Statuses: statuses(c.Status)})
	if err != nil {
		return err
	}
	all, open := []string{}, 0
	for _, e := range old {
		all = append(all, e.Reference)
		if e.Status != outbox.Closed {
			open++
		}
	}
	if c.DryRun {
		if c.JSON {
			return w.json(erased{Erased: []string{}, WouldErase: all})
		}
		for _, ref := range all {
			fmt.Fprintln(w.out, ref)
		}
		w.say("会删除%s件，其中%s件还没有办结；没有删除任何内容。", "%s would be erased, of which %s are not closed; nothing was.", locale.Number(len(old)), locale.Number(open))
		return nil
	}
	gone := []string{}
	if len(old) > 0 {
		if err := w.confirm(c.Yes, strconv.Itoa(len(old)), locale.Tf("将永久删除 %s 以前收到的%d件，其中%d件还没有办结。", "%[2]d submissions accepted before %[1]s will be erased for good; %[3]d of them are not closed.", before.In(locale.Beijing()).Format("2006-01-02 15:04"), len(old), open)); err != nil {
			return err
		}
		bar := w.bar(len(old))
		defer bar.Exit()
		for _, e := range old {
			switch err := p.box.Erase(w.ctx, e.Reference); {
			case errors.Is(err, outbox.ErrNotFound): // somebody was quicker
				continue
			case err != nil:
				why := reason(err)
				return trouble("删除了%[1]d件之后中断（共%[2]d件）：%[3]s", "stopped after %[1]d of %[2]d were erased: %[4]s", len(gone), len(old), why.ZH, why.EN)
			}
			w.log.Info("erased by the operator", "reference", e.Reference)
			gone = append(gone, e.Reference)
			bar.Add(1)
		}
		bar.Finish()
	}
	if c.JSON {
		return w.json(erased{Erased: gone})
	}
	w.say("已删除%s件。", "%s erased.", locale.Number(len(gone)))
	return nil
}

// statuses reads --status, whose words kong has checked.
func statuses(list []string) []outbox.Status {
	var out []outbox.Status
	for _, s := range list {
		out = append(out, outbox.Status(s))
	}
	return out
}
