package courier

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

// to dials that address, whatever is asked for.
func to(address string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
}

// verdictOf names what an error of Carry means.
func verdictOf(err error) string {
	var refusal *Refusal
	var silence *Unanswered
	switch {
	case err == nil:
		return "sent"
	case errors.As(err, &refusal) && refusal.Permanent:
		return "dies"
	case errors.As(err, &refusal):
		return "later"
	case errors.As(err, &silence):
		return "unanswered"
	}
	return "blocked"
}

func TestWhatJudgesAMail(t *testing.T) {
	for name, c := range map[string]struct {
		stage, reply string
		want         string
	}{
		"good":                        {"", "", "sent"},
		"a code alone":                {"dot", "250", "sent"},
		"will forward":                {"RCPT", "251 2.1.5 forwarded", "sent"},
		"mail 451":                    {"MAIL", "451 4.3.0 later", "later"},
		"mail 452, no room":           {"MAIL", "452 4.3.1 full", "later"},
		"mail 550":                    {"MAIL", "550 5.7.1 no", "dies"},
		"mail 552, too large":         {"MAIL", "552 5.3.4 too large", "dies"},
		"rcpt 450":                    {"RCPT", "450 4.2.1 greylisted", "later"},
		"rcpt 550":                    {"RCPT", "550 5.1.1 nobody", "dies"},
		"rcpt 550, no enhanced code":  {"RCPT", "550 nobody", "dies"},
		"rcpt 556":                    {"RCPT", "556 5.1.10 takes no mail", "dies"},
		"rcpt 454, one recipient":     {"RCPT", "454 4.7.1 relay access denied", "later"},
		"data 452":                    {"DATA", "452 4.3.1 full", "later"},
		"data 554":                    {"DATA", "554 5.5.1 no", "dies"},
		"dot 451":                     {"dot", "451 4.3.0 later", "later"},
		"dot 552":                     {"dot", "552 5.3.4 too big", "dies"},
		"dot 554":                     {"dot", "554 5.7.1 spam", "dies"},
		"4 with a class of 5":         {"RCPT", "450 5.1.1 later", "later"},
		"5 with a class of 4":         {"RCPT", "550 4.2.1 no", "dies"},
		"2 with a class of 5":         {"dot", "250 5.7.8 ok", "sent"},
		"nothing enhanced":            {"RCPT", "550 5.1.1.1 no", "dies"},
		"some other X.7":              {"RCPT", "550 5.7.26 DMARC", "dies"},
		"421 at mail":                 {"MAIL", "421 4.3.2 going down", "blocked"},
		"421 at rcpt":                 {"RCPT", "421 4.3.2 going down", "blocked"},
		"421 at data":                 {"DATA", "421 4.3.2 going down", "blocked"},
		"421 at dot":                  {"dot", "421 4.3.2 going down", "blocked"},
		"521 at rcpt":                 {"RCPT", "521 5.3.2 no mail here", "blocked"},
		"greeting 554":                {"greeting", "554 go away", "blocked"},
		"greeting 421":                {"greeting", "421 busy (bye)", "blocked"},
		"greeting 250":                {"greeting", "250 what", "blocked"},
		"greeting of something else":  {"greeting", "SSH-2.0-x", "blocked"},
		"ehlo 550":                    {"EHLO", "550 no", "blocked"},
		"ehlo 500, but helo":          {"EHLO", "500 what", "sent"},
		"drop at rcpt":                {"RCPT", "drop", "blocked"},
		"drop at dot":                 {"dot", "drop", "unanswered"},
		"half a line to rcpt":         {"RCPT", "550 5.1.1 nob (cut)", "blocked"},
		"half a line to the dot":      {"dot", "250 2.0.0 o (cut)", "unanswered"},
		"half a code to the dot":      {"dot", "25 (cut)", "unanswered"},
		"half an answer to the dot":   {"dot", "250-2.0.0 first (bye)", "unanswered"},
		"no number":                   {"dot", "ok", "unanswered"},
		"two codes":                   {"dot", "250-2.0.0 yes|550 5.0.0 no", "unanswered"},
		"no end of answers":           {"RCPT", "endless", "blocked"},
		"go on, at rcpt":              {"RCPT", "354 what", "blocked"},
		"fine, at data":               {"DATA", "250 what", "blocked"},
		"go on, at the dot":           {"dot", "354 what", "blocked"},
		"login wanted":                {"MAIL", "530 5.7.0 authentication required", "blocked"},
		"login wanted, at rcpt":       {"RCPT", "530 5.7.0 authentication required", "blocked"},
		"login wanted, with 503":      {"MAIL", "503 Error: need EHLO and AUTH first !", "blocked"},
		"login wrong":                 {"MAIL", "535 5.7.8 wrong", "blocked"},
		"login wrong, with 550":       {"RCPT", "550 5.7.8 wrong", "blocked"},
		"login too weak":              {"MAIL", "534 5.7.9 too weak", "blocked"},
		"account disabled, with 525":  {"MAIL", "525 5.7.13 account disabled", "blocked"},
		"encryption wanted":           {"MAIL", "538 5.7.11 encryption required", "blocked"},
		"encryption wanted, with 450": {"RCPT", "450 4.7.10 encryption needed", "blocked"},
		"login not possible now":      {"MAIL", "454 4.7.0 temporary authentication failure", "blocked"},
		"quit refused":                {"QUIT", "500 no", "sent"},
		"quit dropped":                {"QUIT", "drop", "sent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := startRelay(t, map[string]string{c.stage: c.reply}).client(t)
			err := client.Carry(t.Context(), parcel())
			if got := verdictOf(err); got != c.want {
				t.Errorf("%s (%v), want %s", got, err, c.want)
			}
			if refusal, ok := err.(*Refusal); ok && refusal.Reply != c.reply {
				t.Errorf("the reply %q is kept as %q", c.reply, refusal.Reply)
			}
			client.Rest()
		})
	}
}

// Silence at every stage ends, and so does dripping.
func TestNothingWaitsForEver(t *testing.T) {
	for _, stage := range []string{"greeting", "EHLO", "MAIL", "RCPT", "DATA", "dot"} {
		for _, how := range []string{"hang", "drip"} {
			t.Run(stage+" "+how, func(t *testing.T) {
				t.Parallel()
				client := startRelay(t, map[string]string{stage: how}).client(t)
				client.Timeout = 200 * time.Millisecond
				want := "blocked"
				if stage == "dot" {
					want = "unanswered"
				}
				if err := client.Carry(t.Context(), parcel()); verdictOf(err) != want {
					t.Error(err)
				}
			})
		}
	}
	t.Run("a slow answer to the message is waited for", func(t *testing.T) {
		t.Parallel()
		client := startRelay(t, map[string]string{"dot": "slow"}).client(t)
		client.Timeout = 200 * time.Millisecond
		if err := client.Carry(t.Context(), parcel()); err != nil {
			t.Error(err)
		}
	})
	t.Run("the caller's patience", func(t *testing.T) {
		t.Parallel()
		client := startRelay(t, map[string]string{"RCPT": "hang"}).client(t)
		ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer stop()
		if err := client.Carry(ctx, parcel()); verdictOf(err) != "blocked" {
			t.Error(err)
		}
	})
}

func TestAPeerThatStopsReadingIsLeft(t *testing.T) {
	r := startRelay(t, map[string]string{"then": "stop reading"})
	big := parcel()
	big.Body = []byte(strings.Repeat("0123456789abcdef\r\n", 1<<20))
	client := r.client(t)
	client.Timeout = 200 * time.Millisecond
	client.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err == nil {
			conn.(*net.TCPConn).SetWriteBuffer(4096)
		}
		return conn, err
	}
	if err := client.Carry(t.Context(), big); verdictOf(err) != "unanswered" {
		t.Error(err)
	}
}

func TestARefusalInTheMiddleOfTheMessageIsHeard(t *testing.T) {
	big := parcel()
	big.Body = []byte(strings.Repeat("0123456789abcdef\r\n", 1<<20))
	client := startRelay(t, map[string]string{"then": "refuse"}).client(t)
	client.Timeout = time.Second
	err := client.Carry(t.Context(), big)
	if verdictOf(err) != "dies" || err.(*Refusal).Reply != "552 5.3.4 too big" {
		t.Error(err)
	}
}

func TestRepliesOfSeveralLinesAreKeptInOne(t *testing.T) {
	client := startRelay(t, map[string]string{"RCPT": "550-5.1.1 nobody\x01 of|550-5.1.1  that name\xff|550 5.1.1 here"}).client(t)
	err := client.Carry(t.Context(), parcel())
	if refusal, ok := err.(*Refusal); !ok || refusal.Reply != "550 5.1.1 nobody? of that name? here" {
		t.Errorf("%v", err)
	}
}

func TestTheWordsOnTheWire(t *testing.T) {
	r := startRelay(t, nil, "size 1000", "8BITMIME", "AUTH PLAIN LOGIN")
	c := r.client(t)
	c.User, c.Password = "user", "p"
	if err := c.Carry(t.Context(), parcel()); err != nil {
		t.Fatal(err)
	}
	odd := parcel()
	odd.Body = []byte("\r\nä\n.\r.\n.")
	odd.From = ""
	if err := c.Carry(t.Context(), odd); err != nil {
		t.Fatal(err)
	}
	c.Rest()
	want := strings.Join([]string{"EHLO forms.example.org", "AUTH PLAIN AHVzZXIAcA==", "MAIL FROM:<forms@example.org> SIZE=29", "RCPT TO:<officer@example.org>", "DATA",
		"Subject: x", "", "..", "...two", "end", ".",
		"RSET", "MAIL FROM:<> SIZE=10 BODY=8BITMIME", "RCPT TO:<officer@example.org>", "DATA",
		"", "ä", "..", "..", "..", ".", "QUIT"}, "\n")
	if got := r.lines(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	big := parcel()
	big.Body = make([]byte, 1001)
	if err := c.Carry(t.Context(), big); verdictOf(err) != "dies" {
		t.Errorf("larger than the relay's SIZE: %v", err)
	}
	for _, bad := range []string{"", "a@b> NOTIFY=NEVER", "a@b\r\nRSET"} {
		evil := parcel()
		evil.To = bad
		if err := c.Carry(t.Context(), evil); verdictOf(err) != "dies" || strings.Contains(r.lines(), "NOTIFY") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	login := startRelay(t, nil, "AUTH LOGIN")
	c = login.client(t)
	c.User, c.Password = "user", "p"
	if err := c.Carry(t.Context(), parcel()); err != nil || !strings.HasPrefix(login.lines(), "EHLO forms.example.org\nAUTH LOGIN\ndXNlcg==\ncA==\nMAIL") {
		t.Errorf("%v\n%s", err, login.lines())
	}
	for _, offer := range []string{"AUTH PLAIN", "AUTH LOGIN", "AUTH GSSAPI"} {
		strict := startRelay(t, map[string]string{"AUTH": "535 5.7.8 wrong"}, offer).client(t)
		strict.User, strict.Password = "user", "secret"
		if err := strict.Carry(t.Context(), parcel()); verdictOf(err) != "blocked" || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: a refused login judged the mail: %v", offer, err)
		}
	}
	for _, name := range []string{"", "two words", "a\r\nb", "办公室"} {
		c := r.client(t)
		c.Hello = name
		if err := c.Carry(t.Context(), parcel()); verdictOf(err) != "blocked" {
			t.Errorf("EHLO %q: %v", name, err)
		}
	}
}

func TestAConnectionCarriesManyMails(t *testing.T) {
	r := startRelay(t, nil)
	c := r.client(t)
	for range mostMails + 1 {
		if err := c.Carry(t.Context(), parcel()); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.connections(); n != 2 {
		t.Errorf("%d connections", n)
	}
	if got := strings.Count(r.lines(), "RSET"); got != mostMails-1 {
		t.Errorf("%d times RSET", got)
	}
	c.Rest()
	if got := strings.Count(r.lines(), "QUIT"); got != 2 {
		t.Errorf("%d times QUIT", got)
	}
}

func TestARefusedMailLeavesTheConnectionToTheNext(t *testing.T) {
	r := startRelay(t, map[string]string{"RCPT 1": "550 5.1.1 nobody", "dot 1": "554 5.7.1 spam"})
	c := r.client(t)
	for _, want := range []string{"dies", "dies", "sent"} {
		if err := c.Carry(t.Context(), parcel()); verdictOf(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if n := r.connections(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// What a used connection does before it has asked for the message may be its
// age; what a fresh one does is meant.
func TestTheAgeOfAConnectionJudgesNobody(t *testing.T) {
	for name, c := range map[string]struct {
		replies map[string]string
		want    string
		calls   int
	}{
		"421 between mails":       {map[string]string{"RSET": "421 4.4.2 timeout (bye)"}, "sent", 2},
		"dropped between mails":   {map[string]string{"RSET": "drop"}, "sent", 2},
		"refused between mails":   {map[string]string{"RSET": "500 what"}, "sent", 2},
		"closed after the first":  {map[string]string{"dot": "250 ok (bye)"}, "sent", 2},
		"421 at the next mail":    {map[string]string{"MAIL 2": "421 4.7.0 too many (bye)"}, "sent", 2},
		"451 at the next mail":    {map[string]string{"MAIL 2": "451 4.7.0 too many"}, "sent", 2},
		"421 at the next rcpt":    {map[string]string{"RCPT 2": "421 4.7.0 too many (bye)"}, "sent", 2},
		"dropped at the next":     {map[string]string{"DATA 2": "drop"}, "sent", 2},
		"550 at the next mail":    {map[string]string{"MAIL 2": "550 5.7.1 no"}, "dies", 1},
		"450 at the next rcpt":    {map[string]string{"RCPT 2": "450 4.2.1 later"}, "later", 1},
		"421 at the next dot":     {map[string]string{"dot 2": "421 4.3.0 going down (bye)"}, "blocked", 1},
		"dropped at the next dot": {map[string]string{"dot 2": "drop"}, "unanswered", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := startRelay(t, c.replies)
			client := r.client(t)
			if err := client.Carry(t.Context(), parcel()); err != nil {
				t.Fatal(err)
			}
			err := client.Carry(t.Context(), parcel())
			if got := verdictOf(err); got != c.want || r.connections() != c.calls {
				t.Errorf("%s (%v) over %d connections", got, err, r.connections())
			}
		})
	}
}

func TestTheRelaysLimitIsRememberedAtEachConnection(t *testing.T) {
	r := startRelay(t, nil, "SIZE 1000")
	c := r.client(t)
	c.Limit = &Limit{}
	if err := c.Ask(t.Context()); err != nil || c.Limit.Bytes() != 1000 {
		t.Errorf("asked: %d %v", c.Limit.Bytes(), err)
	}
	if got := r.lines(); got != "EHLO forms.example.org\nQUIT" {
		t.Errorf("asking said\n%s", got)
	}
	for offer, want := range map[string]int64{"SIZE 2000": 2000, "SIZE": 0, "SIZE 0": 0, "SIZE -1": 0, "8BITMIME": 0} {
		next := startRelay(t, nil, offer).client(t)
		next.Limit = c.Limit
		if err := next.Carry(t.Context(), parcel()); err != nil || c.Limit.Bytes() != want {
			t.Errorf("%s: %d %v", offer, c.Limit.Bytes(), err)
		}
	}
	// A relay that says nothing is left when the asker's time is up, and what
	// was known stays.
	if err := c.Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	silent := startRelay(t, map[string]string{"greeting": "hang"}).client(t)
	silent.Limit, silent.Timeout = c.Limit, time.Hour
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if err := silent.Ask(ctx); err == nil || c.Limit.Bytes() != 1000 {
		t.Errorf("silent: %d %v", c.Limit.Bytes(), err)
	}
}
