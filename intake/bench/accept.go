package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"waijiao/intake/internal/outbox"
	"waijiao/internal/locale"
)

// accepts measures one kind of store, bare and with the server before it.
func (p plan) accepts(h *house, kind string) (ok bool, err error) {
	place, err := newPlace(kind)
	if err != nil {
		return false, err
	}
	defer place.close()
	clients := []int{1, 8, 64}
	bare, whole := make([][]cost, len(clients)), make([][]cost, len(clients))
	var size sizes
	for range p.rounds {
		if err := p.round(h, place, clients, bare, whole, &size); err != nil {
			return false, err
		}
	}
	p.say("\n%s：每秒受理数（已同步到磁盘），%d 轮的中位数，每轮 %s；记录 %d 字节，邮件 %v 字节\n",
		"\n%s: durable accepts per second, medians of %d rounds of %s; record %d bytes, mails %v bytes\n", kind, p.rounds, p.time, size.record, size.parcels)
	p.say("%s 存储 服务器 比值 每次受理的CPU毫秒：存储 服务器 客户端\n", "%s store  server  ratio   CPU ms an accept: store  server  client\n", locale.T("客户端", "clients").In(p.lang))
	for i, n := range clients {
		b, w := middle(bare[i]), middle(whole[i])
		ratio := w.rate / b.rate
		fmt.Printf("%7d %6.0f %7.0f %6.2f %24.2f %7.2f %7.2f\n", n, b.rate, w.rate, ratio, ms(b.ours), ms(w.cpu), ms(w.ours))
		ok = ratio >= leastRatio // the last are the most
	}
	return ok, nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// middle takes each measure by itself.
func middle(list []cost) cost {
	var rates []float64
	var cpu, ours []time.Duration
	for _, c := range list {
		rates, cpu, ours = append(rates, c.rate), append(cpu, c.cpu), append(ours, c.ours)
	}
	return cost{median(rates), median(cpu), median(ours)}
}

// round runs the contenders in turn on two new stores.
func (p plan) round(h *house, place place, clients []int, bare, whole [][]cost, size *sizes) error {
	data, err := h.fresh()
	if err != nil {
		return err
	}
	relay, err := nobody()
	if err != nil {
		return err
	}
	store := place.store(data)
	server, err := h.serve(data, store, relay, nil)
	if err != nil {
		return err
	}
	defer server.stop()
	request, err := ready(server.addr)
	if err != nil {
		return err
	}
	if *size, err = probe(server.addr, request, place, store); err != nil {
		return err
	}
	other, err := h.fresh()
	if err != nil {
		return err
	}
	box, err := place.open(place.store(other))
	if err != nil {
		return err
	}
	defer box.Close()
	var numbers, sent atomic.Int64
	sent.Store(1) // the probe
	for i, n := range clients {
		c, err := bareStore(box, *size, n, p.time, &numbers)
		if err != nil {
			return err
		}
		bare[i] = append(bare[i], c)
		if c, err = wholeServer(server, request, n, p.time, &sent); err != nil {
			return err
		}
		whole[i] = append(whole[i], c)
	}
	return nil
}

// ready makes a request from the form's page, and waits as long as a person
// takes at least to fill it in.
func ready(addr string) (request, error) {
	carried, err := page(addr)
	if err != nil {
		return request{}, err
	}
	time.Sleep(2100 * time.Millisecond)
	return newRequest(addr, time.Now(), carried)
}

// sizes are those of what a submission stores, in bytes.
type sizes struct {
	digest, contact, record, officeWrap, deliveryWrap int
	parcels                                           []int
}

// probe sends one form and looks at what the store has of it.
func probe(addr string, r request, place place, store string) (sizes, error) {
	c, err := dial(addr, r)
	if err != nil {
		return sizes{}, err
	}
	defer c.conn.Close()
	head, err := c.send(1)
	if err != nil {
		return sizes{}, err
	}
	_, rest, _ := bytes.Cut(head, []byte("/forms/receipt/"))
	reference, _, _ := bytes.Cut(rest, []byte("."))
	box, err := place.open(store)
	if err != nil {
		return sizes{}, err
	}
	defer box.Close()
	ctx := context.Background()
	s, err := box.ByReference(ctx, string(reference))
	if err != nil {
		return sizes{}, err
	}
	if s.Status != outbox.Received {
		return sizes{}, fmt.Errorf("the form was set aside: %s", s.Why)
	}
	out := sizes{digest: len(s.Digest), contact: len(s.Contact), record: len(s.Record), officeWrap: len(s.OfficeWrap), deliveryWrap: len(s.DeliveryWrap)}
	mails, err := box.Messages(ctx, string(reference))
	for _, m := range mails {
		out.parcels = append(out.parcels, len(m.Parcel))
	}
	return out, err
}

// bareStore accepts submissions of the sizes, and nothing else.
func bareStore(box outbox.Store, size sizes, clients int, d time.Duration, numbers *atomic.Int64) (cost, error) {
	var steps []step
	for range clients {
		steps = append(steps, func(n int64) error {
			s := outbox.Submission{Reference: fmt.Sprintf("HZ-%09d", n), Form: formID, Key: fmt.Sprintf("%032d", n), Lang: locale.ZH, Created: time.Now(),
				Expires: time.Now().AddDate(1, 0, 0), KeepAfter: 180 * 24 * time.Hour, Digest: make([]byte, size.digest), Contact: make([]byte, size.contact),
				Record: make([]byte, size.record), OfficeWrap: make([]byte, size.officeWrap), DeliveryWrap: make([]byte, size.deliveryWrap)}
			var mails []outbox.Mail
			for i, n := range size.parcels {
				kind := outbox.ToOffice
				if i == len(size.parcels)-1 {
					kind = outbox.Receipt
				}
				mails = append(mails, outbox.Mail{Kind: kind, Parcel: make([]byte, n)})
			}
			_, _, err := box.Accept(context.Background(), s, mails)
			return err
		})
	}
	before := used()
	done, took, err := load(steps, d, numbers)
	return cost{rate: float64(done) / took.Seconds(), ours: (used() - before) / time.Duration(max(done, 1))}, err
}

// wholeServer sends forms to the server.
func wholeServer(server *program, r request, clients int, d time.Duration, sent *atomic.Int64) (cost, error) {
	var steps []step
	for range clients {
		c, err := dial(server.addr, r)
		if err != nil {
			return cost{}, err
		}
		defer c.conn.Close()
		steps = append(steps, func(n int64) error { _, err := c.send(n); return err })
	}
	cpu, err := server.cpu()
	if err != nil {
		return cost{}, err
	}
	ours := used()
	done, took, err := load(steps, d, sent)
	if err != nil {
		return cost{}, err
	}
	ours = used() - ours
	after, err := server.cpu()
	n := time.Duration(max(done, 1))
	return cost{rate: float64(done) / took.Seconds(), cpu: (after - cpu) / n, ours: ours / n}, err
}

// file is where a store of SQLite lies in a folder.
func file(dir string) string { return filepath.Join(dir, "outbox.db") }
