package courier

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"waijiao/intake/internal/outbox"
	"waijiao/intake/internal/outbox/sqlite"
)

// sink is Postfix's smtp-sink, which makes faults when told to.
type sink struct {
	addr string
	dump string // what it took, one message after the other
	stop func()
}

// freePort is an address on which nobody listens.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// startSink runs smtp-sink on the address, or on a free one.
func startSink(t testing.TB, addr string, flags ...string) sink {
	t.Helper()
	const command = "/usr/sbin/smtp-sink" // not on everybody's PATH
	if _, err := os.Stat(command); err != nil {
		t.Fatal("this test delivers to Postfix's smtp-sink: apt-get install --no-install-recommends postfix")
	}
	if addr == "" {
		addr = freePort(t)
	}
	s := sink{addr: addr, dump: filepath.Join(t.TempDir(), "dump")}
	flags = append(flags, "-m", "50", "-D", s.dump, addr, "100")
	if os.Geteuid() == 0 {
		flags = append([]string{"-u", "root"}, flags...) // it demands a name
	}
	cmd := exec.Command(command, flags...)
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	s.stop = func() {
		if !ended {
			cmd.Process.Kill()
			cmd.Wait()
			ended = true
		}
	}
	t.Cleanup(s.stop)
	for range 1000 {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return s
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.stop()
	t.Fatalf("smtp-sink does not listen: %s", said.String())
	return sink{}
}

// took counts the messages by their Message-ID, and how often each body came.
func (s sink) took(t testing.TB) (ids, bodies map[string]int) {
	t.Helper()
	b, err := os.ReadFile(s.dump)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	ids, bodies = map[string]int{}, map[string]int{}
	for _, one := range strings.Split(string(b), "X-Client-Addr: ")[1:] {
		// Its own lines end with the three of Received.
		_, own, _ := strings.Cut(one, "\nReceived: ")
		own = strings.SplitN(own, "\n", 4)[3]
		bodies[own]++
		ids[regexp.MustCompile(`Message-ID: <(.*)>`).FindStringSubmatch(own)[1]]++
	}
	return ids, bodies
}

// openStore is a real outbox in a temporary folder.
func openStore(t testing.TB) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(filepath.Join(t.TempDir(), "outbox.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// accept stores a submission with one mail to the office.
func accept(t testing.TB, store *sqlite.Store, reference string, at time.Time, size int) {
	t.Helper()
	body := fmt.Sprintf("From: forms@example.org\r\nDate: Sun, 01 Mar 2026 09:00:00 +0000\r\nMessage-ID: <%s@example.org>\r\nSubject: x\r\n\r\n.dot\r\n%s\r\n", reference, strings.Repeat("0123456789abcde\r\n", size/17))
	parcel := Pack(Parcel{From: "forms@example.org", To: "officer@example.org", Body: []byte(body)})
	sub := outbox.Submission{Reference: reference, Form: "sample", Created: at, Changed: at, Status: outbox.Received, DeliveryWrap: []byte("wrap")}
	if _, _, err := store.Accept(t.Context(), sub, []outbox.Mail{{Kind: outbox.ToOffice, Parcel: parcel}}); err != nil {
		t.Fatal(err)
	}
}

func mailOf(t testing.TB, store *sqlite.Store, reference string) outbox.Message {
	t.Helper()
	all, err := store.Messages(context.WithoutCancel(t.Context()), reference)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	return all[0]
}

// Whatever Postfix's tester does at whichever stage ends as the package's
// comment says.
func TestEachFaultOfAnSMTPServerEndsAsWritten(t *testing.T) {
	type fault struct{ flags, want string }
	faults := []fault{
		{"", "sent"},
		{"-f EHLO", "sent"}, // by HELO
		{"-f QUIT", "sent"},
		{"-q QUIT", "sent"},
		{"-B 554_5.3.2_no_mail_here -f CONNECT", "blocked"},
		{"-B 535_5.7.8_wrong -f MAIL", "blocked"},
		{"-B 530_5.7.0_login -f MAIL", "blocked"},
		{"-B 552_5.3.4_too_large -f MAIL", "dies"},
		{"-B 552_5.3.4_too_large -f .", "dies"},
		{"-b 452_4.3.1_full -r MAIL", "later"},
		{"-A 0", "dies"},                     // a refusal in the middle of the message
		{"-W CONNECT:1000", "blocked quick"}, // silence
		{"-W EHLO:1000", "blocked quick"},
		{"-W MAIL:1000", "blocked quick"},
		{"-W RCPT:1000", "blocked quick"},
		{"-w 1000", "blocked quick"},
		{"-W .:1000", "unanswered quick"},
		{"-H 1000 -T 2048", "unanswered quick big"}, // stops reading
	}
	for _, stage := range []string{"CONNECT", "EHLO,HELO"} {
		for _, how := range []string{"-r", "-f", "-q", "-Q"} {
			faults = append(faults, fault{how + " " + stage, "blocked"})
		}
	}
	for _, stage := range []string{"MAIL", "RCPT", "DATA", "."} {
		faults = append(faults, fault{"-r " + stage, "later"}, fault{"-f " + stage, "dies"}, fault{"-Q " + stage, "blocked"})
	}
	for _, stage := range []string{"MAIL", "RCPT", "DATA"} {
		faults = append(faults, fault{"-q " + stage, "blocked"})
	}
	faults = append(faults, fault{"-q .", "unanswered"})
	for _, f := range faults {
		t.Run(strings.TrimSpace(f.flags+" "+f.want), func(t *testing.T) {
			t.Parallel()
			var flags []string
			for _, word := range strings.Fields(f.flags) {
				flags = append(flags, strings.ReplaceAll(word, "_", " "))
			}
			client := clientOf(t, startSink(t, "", flags...).addr)
			size := 100
			if strings.Contains(f.want, "quick") {
				client.Timeout = 300 * time.Millisecond
			}
			if strings.Contains(f.want, "big") {
				size = 10 << 20
			}
			store := openStore(t)
			b := newBench(store, client)
			accept(t, store, "HZ-1", b.clock.Now(), size)
			stop := b.start(t)
			b.clock.until(t, func() bool { return len(b.watch.outcomes()) > 0 })
			stop()
			m := mailOf(t, store, "HZ-1")
			tried := b.watch.outcomes()
			for want, is := range map[string]bool{
				"sent":       m.State == outbox.Sent && tried[Delivered] == 1,
				"dies":       m.State == outbox.Dead && tried[RefusedForGood] == 1 && strings.HasPrefix(m.LastError, "5"),
				"later":      m.State == outbox.Queued && m.Attempts == 1 && tried[RefusedForNow] == 1 && strings.HasPrefix(m.LastError, "4"),
				"blocked":    m.State == outbox.Queued && m.Attempts == 0 && tried[Untried] == 1 && len(b.watch.blocked) == 1,
				"unanswered": m.State == outbox.Queued && m.Attempts == 1 && tried[NoAnswer] == 1 && len(b.watch.blocked) == 1,
			} {
				if hoped := strings.Fields(f.want)[0] == want; is != hoped {
					t.Errorf("%s is %v: %v, %s after %d attempts: %s\n%s", want, is, tried, m.State, m.Attempts, m.LastError, b.log)
				}
			}
		})
	}
}

// The relay takes the message and is gone before it says so: the recipient has
// it twice, with the same bytes.
func TestAReplyThatIsLostAfterTheDotDoublesTheMail(t *testing.T) {
	broken := startSink(t, "", "-q", ".")
	store := openStore(t)
	b := newBench(store, clientOf(t, broken.addr))
	accept(t, store, "HZ-1", b.clock.Now(), 100)
	b.start(t)
	b.clock.until(t, func() bool { return b.watch.count(NoAnswer) == 1 })
	broken.stop()
	good := startSink(t, broken.addr)
	b.clock.until(t, func() bool { return mailOf(t, store, "HZ-1").State == outbox.Sent })
	before, was := broken.took(t)
	after, is := good.took(t)
	if before["HZ-1@example.org"] != 1 || after["HZ-1@example.org"] != 1 || len(was) != 1 || len(is) != 1 {
		t.Fatalf("%v %v", before, after)
	}
	for body := range was {
		if is[body] != 1 || !strings.Contains(body, "\n.dot\n") {
			t.Errorf("%q came first, then %v", body, is)
		}
	}
}

// For a day nobody listens where the relay should be. Mail is accepted all day
// long, and every one goes out once when the relay is back.
func TestADayWithoutARelayIsMadeUpForOnce(t *testing.T) {
	addr := freePort(t)
	store := openStore(t)
	b := newBench(store, clientOf(t, addr))
	const mails = 240
	began := b.clock.Now()
	stop := b.start(t)
	for n := range mails {
		accept(t, store, fmt.Sprintf("HZ-%d", n), b.clock.Now(), 1000)
		next := began.Add(24 * time.Hour * time.Duration(n+1) / mails)
		b.clock.until(t, func() bool { return b.clock.Now().After(next) })
	}
	counts, err := store.Count(t.Context(), b.clock.Now())
	if err != nil || counts.Mails[outbox.Queued] != mails || b.watch.count(Untried) < 24*60/5 {
		t.Fatalf("%+v %v, tried %v", counts, err, b.watch.outcomes())
	}
	back := startSink(t, addr)
	b.clock.until(t, func() bool {
		counts, err := store.Count(context.WithoutCancel(t.Context()), b.clock.Now())
		return err != nil || counts.Mails[outbox.Sent] == mails
	})
	stop()
	ids, _ := back.took(t)
	for n := range mails {
		if got := ids[fmt.Sprintf("HZ-%d@example.org", n)]; got != 1 {
			t.Errorf("mail %d came %d times", n, got)
		}
	}
	if took := b.clock.Now().Sub(began); took > 25*time.Hour || b.watch.count(Delivered) != mails {
		t.Errorf("drained after %v: %v", took, b.watch.outcomes())
	}
}

// Two servers deliver from one outbox, with all their workers, and each mail
// goes out once.
func TestTwoCouriersShareOneOutbox(t *testing.T) {
	s := startSink(t, "")
	store := openStore(t)
	const mails = 300
	now := time.Now()
	for n := range mails {
		accept(t, store, fmt.Sprintf("HZ-%d", n), now, 1000)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	for range 2 {
		c := Courier{Queue: store, Carrier: clientOf(t, s.addr), Open: func(m outbox.Message) (Parcel, error) { return Unpack(m.Parcel) }}
		go func() { c.Run(ctx, nil); ended <- struct{}{} }()
	}
	for {
		counts, err := store.Count(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		if counts.Mails[outbox.Sent] == mails {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	<-ended
	<-ended
	ids, _ := s.took(t)
	for n := range mails {
		if got := ids[fmt.Sprintf("HZ-%d@example.org", n)]; got != 1 {
			t.Errorf("mail %d came %d times", n, got)
		}
	}
}
