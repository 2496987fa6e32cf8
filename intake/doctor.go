package main

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"time"

	"waijiao/intake/internal/doctor"
	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/scan"
	"waijiao/internal/form"
)

// examination bounds all that doctor asks of others.
const examination = 2 * time.Minute

// doctorCommand takes the flags of serve, so that what is examined is what
// would be served.
type doctorCommand struct {
	serveCommand
	JSON bool `name:"json"`
}

// Run examines everything that serve depends on, and changes nothing.
func (c doctorCommand) Run(w *world) error {
	ctx, stop := context.WithTimeout(w.ctx, examination)
	defer stop()
	var r doctor.Report
	c.examine(ctx, w, &r)
	if c.JSON {
		if err := w.json(struct {
			OK     bool          `json:"ok"`
			Checks []doctor.Line `json:"checks"`
		}{!r.Failed(), r.Lines(w.lang)}); err != nil {
			return err
		}
	} else {
		r.Write(w.out, w.lang)
	}
	if r.Failed() {
		return errSaid
	}
	return nil
}

// fault adds what is wrong with a flag, in the words with which serve would
// refuse to start.
func (w *world) fault(r *doctor.Report, name string, err error) {
	var wrong *usageError
	if errors.As(err, &wrong) {
		r.Add(doctor.Fault(name, wrong.text))
	} else if err != nil {
		r.Add(doctor.Fault(name, reason(err)))
	}
}

func (c doctorCommand) examine(ctx context.Context, w *world, r *doctor.Report) {
	w.fault(r, "flags", c.checkOrigins())
	proxies, err := parseProxies(c.Proxy)
	w.fault(r, "flags", err)
	smtp, _ := c.way(w.getenv)
	letters, unread := c.read(w, smtp)
	w.fault(r, "flags", unread)
	_, _, err = c.carrier(w, c.Data)
	w.fault(r, "flags", err)

	found, forms := doctor.Site(ctx, c.Site, letters.offices)
	r.Add(found...)
	r.Add(doctor.Address(c.BaseURL, c.Addr, proxies)...)
	r.Add(doctor.Folder(c.Data)...)
	r.Add(doctor.Disk(ctx, existing(c.Data))...)
	r.Add(doctor.Server(filepath.Join(c.Data, "lock"))...)
	box := c.stored(ctx, w, r)
	if box != nil {
		defer box.Close()
		r.Add(doctor.Clock(ctx, box, w.now(), doctor.Synchronised)...)
	} else {
		r.Add(doctor.Clock(ctx, nil, w.now(), doctor.Synchronised)...)
	}
	if c.Password != "" {
		r.Add(doctor.Secret("smtp", c.Password)...)
	}
	if _, _, file, ok := dkimParts(c.DKIM); ok {
		r.Add(doctor.Secret("dkim", file)...)
	}
	if letters.writer.PGP != nil {
		r.Add(doctor.PGP(letters.writer.PGP, w.now())...)
	}
	if unread == nil {
		c.post(ctx, w, r, letters, forms)
	}
	if c.Scan != "" {
		scanner, err := scan.Parse(c.Scan)
		if err != nil {
			w.fault(r, "scan", usage("--scan：应写成 tcp://主机:端口 或 unix:///路径", "--scan: write tcp://host:port or unix:///path"))
			return
		}
		r.Add(doctor.Scanner(ctx, scanner, w.now())...)
	}
}

// stored examines the secret, the store and the keys that open it, and returns
// the store if it is there. What a first start would make is not made here.
func (c doctorCommand) stored(ctx context.Context, w *world, r *doctor.Report) outbox.Store {
	r.Add(doctor.Office(c.SealTo != "")...)
	if c.SealTo != "" {
		_, err := c.office()
		w.fault(r, "office-key", err)
	}
	if _, err := os.Stat(c.Data); err != nil {
		return nil
	}
	r.Add(doctor.Secret("secret", c.secretPath())...)
	_, err := c.loadSecret(w.random, false)
	w.fault(r, "secret", err)
	box, err := c.openThere(ctx)
	if err != nil {
		w.fault(r, "store", err)
		return nil
	}
	r.Add(doctor.Store(ctx, box, w.now())...)
	ids, err := c.loadDelivery(ctx, box, false)
	if err != nil {
		w.fault(r, "delivery-key", err)
		return box
	}
	r.Add(doctor.Apart(c.deliveryPath(), c.Data)...)
	r.Add(doctor.Delivery(ctx, box, ids)...)
	return box
}

// post examines the way of the mail.
func (c doctorCommand) post(ctx context.Context, w *world, r *doctor.Report, l letters, forms []*form.Form) {
	_, relay, err := c.carrier(w, c.Data)
	if err != nil {
		return // told already
	}
	if relay == nil {
		_, dir := c.way(w.getenv)
		if dir == "" {
			dir = filepath.Join(c.Data, "mail")
		}
		r.Add(doctor.Filed(dir)...)
		return
	}
	resolver := w.resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	r.Add(doctor.Relay(ctx, relay, l.writer, forms)...)
	r.Add(doctor.Names{Resolver: resolver, From: l.writer.From, Bounce: l.bounce, DKIM: l.writer.DKIM}.Check(ctx)...)
}

// existing is the folder, or the nearest one above it that is there.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || filepath.Dir(dir) == dir {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}
