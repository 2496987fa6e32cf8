package doctor

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"net"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"waijiao/intake/internal/mail"
)

// zone is what a name server knows: records by name, as "MX host", "A" or
// "TXT text". A name with the record "FAIL" is answered with a failure.
type zone map[string][]string

// serve starts the name server on a loopback port and returns a resolver that
// asks nobody else.
func (z zone) serve(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		b := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			var question dnsmessage.Message
			if question.Unpack(b[:n]) != nil || len(question.Questions) != 1 {
				continue
			}
			answer := z.answer(question)
			if packed, err := answer.Pack(); err == nil {
				conn.WriteTo(packed, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func (z zone) answer(m dnsmessage.Message) dnsmessage.Message {
	q := m.Questions[0]
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	records, known := z[strings.TrimSuffix(q.Name.String(), ".")]
	if !known {
		m.RCode = dnsmessage.RCodeNameError
	}
	for _, r := range records {
		kind, rest, _ := strings.Cut(r, " ")
		var body dnsmessage.ResourceBody
		switch {
		case kind == "FAIL":
			m.RCode = dnsmessage.RCodeServerFailure
		case kind == "MX" && q.Type == dnsmessage.TypeMX:
			body = &dnsmessage.MXResource{Pref: 10, MX: dnsmessage.MustNewName(rest)}
		case kind == "A" && q.Type == dnsmessage.TypeA:
			body = &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}
		case kind == "TXT" && q.Type == dnsmessage.TypeTXT:
			txt := &dnsmessage.TXTResource{}
			for ; len(rest) > 255; rest = rest[255:] { // longer ones come in pieces
				txt.TXT = append(txt.TXT, rest[:255])
			}
			txt.TXT = append(txt.TXT, rest)
			body = txt
		}
		if body != nil {
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 60}, Body: body})
		}
	}
	return m
}

// signer is a DKIM key of a domain, the same for the same seed.
func signer(t *testing.T, domain string, seed byte) *mail.DKIM {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(seed)), 32))))
	if err != nil {
		t.Fatal(err)
	}
	d, err := mail.ReadDKIM(domain, "forms", strings.NewReader(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func sound(t *testing.T) zone {
	return zone{"example.org": {"MX mail.example.org.", "TXT v=spf1 mx -all", "TXT something else"}, "_dmarc.example.org": {"TXT v=DMARC1; p=quarantine"},
		"forms._domainkey.example.org": {"TXT " + signer(t, "example.org", 'a').Record()}}
}

func TestASoundDomainIsFound(t *testing.T) {
	resolver := sound(t).serve(t)
	from := mail.Address{Mailbox: "forms@example.org"}
	well(t, "sound", Names{resolver, from, "bounce@example.org", signer(t, "example.org", 'a')}.Check(t.Context()))
	well(t, "the null path", Names{resolver, from, "", nil}.Check(t.Context()))
}

func TestAPolicyAboveTheDomainCounts(t *testing.T) {
	z := sound(t)
	z["mail.example.org"] = []string{"A"}
	found := Names{Resolver: z.serve(t), From: mail.Address{Mailbox: "forms@mail.example.org"}}.Check(t.Context())
	well(t, "below", found)
	want(t, "below", found, "dns", OK, "no MX record, and has an address")
}

func TestFaultsInTheDNSAreFound(t *testing.T) {
	for what, c := range map[string]struct {
		change func(z zone)
		name   string
		level  Level
		says   string
	}{
		"no such domain":  {func(z zone) { delete(z, "example.org") }, "dns", Problem, "neither an MX record nor an address"},
		"no MX and no A":  {func(z zone) { z["example.org"] = []string{"TXT v=spf1 -all"} }, "dns", Problem, "neither an MX record nor an address"},
		"a null MX":       {func(z zone) { z["example.org"] = []string{"MX ."} }, "dns", Problem, "takes no mail"},
		"a silent server": {func(z zone) { z["example.org"] = []string{"FAIL"} }, "dns", Warning, "did not answer"},
		"no SPF":          {func(z zone) { z["example.org"] = []string{"A", "TXT v=spf10"} }, "spf", Warning, "no SPF record"},
		"two SPF":         {func(z zone) { z["example.org"] = []string{"A", "TXT v=spf1 mx", "TXT v=spf1"} }, "spf", Problem, "2 SPF records"},
		"no DMARC":        {func(z zone) { delete(z, "_dmarc.example.org") }, "dmarc", Warning, "no DMARC record"},
		"another text":    {func(z zone) { z["_dmarc.example.org"] = []string{"TXT v=DMARC10"} }, "dmarc", Warning, "no DMARC record"},
		"a silent DMARC":  {func(z zone) { z["_dmarc.example.org"] = []string{"FAIL"} }, "dmarc", Warning, "did not answer"},
		"no DKIM":         {func(z zone) { delete(z, "forms._domainkey.example.org") }, "dkim", Problem, "no DKIM record"},
		"another key": {func(z zone) {
			z["forms._domainkey.example.org"] = []string{"TXT " + signer(t, "example.org", 'b').Record()}
		}, "dkim", Problem, "does not belong"},
		"a withdrawn key": {func(z zone) { z["forms._domainkey.example.org"] = []string{"TXT v=DKIM1; k=ed25519; p="} }, "dkim", Problem, "does not belong"},
		"the kind is missing": {func(z zone) {
			z["forms._domainkey.example.org"] = []string{"TXT " + strings.Replace(signer(t, "example.org", 'a').Record(), "k=ed25519; ", "", 1)}
		}, "dkim", Problem, "does not belong"},
		"two keys": {func(z zone) {
			z["forms._domainkey.example.org"] = append(z["forms._domainkey.example.org"], "TXT "+signer(t, "example.org", 'b').Record())
		}, "dkim", Problem, "there are 2 records"},
		"testing":       {func(z zone) { z["forms._domainkey.example.org"][0] += "; t=s:y" }, "dkim", Warning, "t=y"},
		"a silent DKIM": {func(z zone) { z["forms._domainkey.example.org"] = []string{"FAIL"} }, "dkim", Warning, "did not answer"},
	} {
		z := sound(t)
		c.change(z)
		found := Names{z.serve(t), mail.Address{Mailbox: "forms@example.org"}, "forms@example.org", signer(t, "example.org", 'a')}.Check(t.Context())
		want(t, what, found, c.name, c.level, c.says)
	}
	z := sound(t)
	z["forms._domainkey.example.net"] = []string{"TXT " + signer(t, "example.net", 'a').Record()}
	want(t, "another domain's signature", Names{z.serve(t), mail.Address{Mailbox: "forms@example.org"}, "", signer(t, "example.net", 'a')}.Check(t.Context()),
		"dkim", Problem, "does not fit the sender")
}

func TestARecordOfAKeyMayBeWrittenInManyWays(t *testing.T) {
	z := sound(t)
	record := signer(t, "example.org", 'a').Record()
	head, key, _ := strings.Cut(record, "p=")
	z["forms._domainkey.example.org"] = []string{"TXT " + strings.ReplaceAll(head, "; ", " ;\t") + "n=a note; p=" + key[:10] + " " + key[10:] + ";"}
	well(t, "spaces", Names{z.serve(t), mail.Address{Mailbox: "forms@example.org"}, "", signer(t, "example.org", 'a')}.Check(t.Context()))
}
