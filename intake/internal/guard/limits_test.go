package guard

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

const school = "192.0.2.1"

func admit(g *Guard, a, form string) Verdict { return g.Admit(netip.MustParseAddr(a), form) }

// small is limits that a test can use up.
func small() Limits {
	return Limits{
		Address: Rate{5, 3 * time.Second}, Form: Rate{50, time.Second}, Recipient: Rate{2, time.Minute},
		Longest: 10 * time.Second, Refuse: 20, Waiting: 10, Remembered: 1000,
	}
}

func TestOneAddressIsSlowedThenSetAsideThenRefused(t *testing.T) {
	g, c := newGuard("secret", small())
	for i := range 5 {
		if v := admit(g, school, "hiring"); v != (Verdict{}) {
			t.Fatalf("post %d: %+v", i, v)
		}
	}
	for i := range 3 {
		if v := admit(g, school, "hiring"); v != (Verdict{Wait: time.Duration(i+1) * 3 * time.Second}) {
			t.Fatalf("slowed post %d: %+v", i, v)
		}
	}
	for i := range 20 {
		from := []string{school, "::ffff:" + school}[i%2]
		if v := admit(g, from, "hiring"); v != (Verdict{Aside: ByAddress}) {
			t.Fatalf("post %d set aside: %+v", i, v)
		}
	}
	for range 100 {
		if v := admit(g, school, "hiring"); v != (Verdict{Refuse: true}) {
			t.Fatalf("absurd excess: %+v", v)
		}
	}
	if v := admit(g, "192.0.2.2", "hiring"); v != (Verdict{}) {
		t.Errorf("another address: %+v", v)
	}
	// What was refused does not count: the way back is as long as Refuse says.
	c.t = c.t.Add(3 * time.Second)
	if v := admit(g, school, "hiring"); v != (Verdict{Aside: ByAddress}) {
		t.Errorf("after three seconds: %+v", v)
	}
	c.t = c.t.Add(22 * 3 * time.Second)
	if v := admit(g, school, "hiring"); v.Wait == 0 || v.Aside != "" {
		t.Errorf("after a minute: %+v", v)
	}
	c.t = c.t.Add(time.Minute)
	if v := admit(g, school, "hiring"); v != (Verdict{}) {
		t.Errorf("after two minutes: %+v", v)
	}
}

func TestWhoCountsAsOneAddress(t *testing.T) {
	g, _ := newGuard("secret", small())
	for range 50 {
		admit(g, "2001:db8::1", "hiring")
		g.Admit(netip.Addr{}, "hiring")
	}
	if v := admit(g, "2001:db8::ffff:2%eth0", "hiring"); !v.Refuse {
		t.Errorf("the same /64: %+v", v)
	}
	if v := admit(g, "2001:db8:0:1::1", "hiring"); v.Refuse || v.Aside == ByAddress {
		t.Errorf("another /64: %+v", v)
	}
	if v := g.Admit(netip.Addr{}, "hiring"); !v.Refuse {
		t.Errorf("no address: %+v", v)
	}
	for _, own := range []string{"127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"} {
		for range 1000 {
			if v := admit(g, own, "hiring"); v != (Verdict{}) {
				t.Fatalf("%s: %+v", own, v)
			}
		}
	}
}

func TestAFormIsSlowedAndSetAsideButNeverRefused(t *testing.T) {
	g, c := newGuard("secret", small())
	a := netip.MustParseAddr("198.18.0.0")
	seen := map[Verdict]int{}
	for range 5000 {
		a = a.Next()
		seen[g.Admit(a, "hiring")]++
	}
	waited := 0
	for v, n := range seen {
		if v.Wait > 0 {
			waited += n
		}
	}
	if seen[Verdict{}] != 50 || waited != 10 || seen[Verdict{Aside: ByForm}] != 5000-60 {
		t.Errorf("%v", seen)
	}
	if v := admit(g, "192.0.2.9", "enquiry"); v != (Verdict{}) {
		t.Errorf("another form: %+v", v)
	}
	c.t = c.t.Add(11 * time.Second)
	if v := admit(g, "192.0.2.8", "hiring"); v != (Verdict{}) {
		t.Errorf("when the flood is over: %+v", v)
	}
	// What one address sends too much does not use up the form.
	g, _ = newGuard("secret", small())
	for range 1000 {
		admit(g, school, "hiring")
	}
	for i := range 30 {
		if v := admit(g, fmt.Sprint("192.0.2.", 100+i), "hiring"); v != (Verdict{}) {
			t.Fatalf("beside one flood: %+v", v)
		}
	}
}

func TestFewPostsWaitAtTheSameTime(t *testing.T) {
	limits := small()
	limits.Waiting = 2
	g, c := newGuard("secret", limits)
	full := func(a string) {
		for range 5 {
			admit(g, a, "hiring")
		}
	}
	full("192.0.2.1")
	full("192.0.2.2")
	full("192.0.2.3")
	first, second, third := admit(g, "192.0.2.1", "hiring"), admit(g, "192.0.2.2", "hiring"), admit(g, "192.0.2.3", "hiring")
	if first.Wait == 0 || second.Wait == 0 {
		t.Errorf("%+v %+v", first, second)
	}
	if third != (Verdict{Aside: ByAddress}) {
		t.Errorf("the third: %+v", third)
	}
	c.t = c.t.Add(3 * time.Second)
	full("192.0.2.4")
	if v := admit(g, "192.0.2.4", "hiring"); v.Wait == 0 {
		t.Errorf("when the others have waited: %+v", v)
	}
}

func TestReceiptsToOneMailbox(t *testing.T) {
	g, c := newGuard("secret", small())
	same := []string{"li.hua@example.org", "LiHua+7@Example.ORG", `"li.hua"@example.org.`, "l.i.h.u.a+x+y@example.org"}
	for i, m := range same {
		want := Reason("")
		if i >= 2 {
			want = ByRecipient
		}
		if got := g.Receipt(m); got != want {
			t.Errorf("%s: %q", m, got)
		}
	}
	for _, m := range []string{"li.hua@mail.example.org", "lihua2@example.org", "李华@example.org", "+@example.org", "nobody"} {
		if got := g.Receipt(m); got != "" {
			t.Errorf("%s: %q", m, got)
		}
	}
	c.t = c.t.Add(time.Minute)
	if g.Receipt(same[0]) != "" || g.Receipt(same[1]) != ByRecipient {
		t.Error("not one after a minute")
	}
}

func TestALimitCanBeTurnedOff(t *testing.T) {
	limits := small()
	limits.Address.Burst, limits.Form.Burst, limits.Recipient.Burst = -1, -1, -1
	g, _ := newGuard("secret", limits)
	for range 10_000 {
		if v := admit(g, school, "hiring"); v != (Verdict{}) {
			t.Fatalf("%+v", v)
		}
		if r := g.Receipt("a@example.org"); r != "" {
			t.Fatal(r)
		}
	}
}

func TestASchoolIsNotTroubledByTheUsualLimits(t *testing.T) {
	g, c := newGuard("secret")
	for range 80 { // a whole staff in one lesson
		if v := admit(g, school, "teacher-application"); v != (Verdict{}) {
			t.Fatalf("%+v", v)
		}
	}
	for range 500 { // then all day
		c.t = c.t.Add(3 * time.Second)
		if v := admit(g, school, "teacher-application"); v != (Verdict{}) {
			t.Fatalf("%+v", v)
		}
	}
}

func TestMemoryIsBoundedAndWhoIsLimitedStaysLimited(t *testing.T) {
	g, c := newGuard("secret", small())
	for range 100 {
		admit(g, school, "hiring")
	}
	a := netip.MustParseAddr("10.0.0.0")
	for i := range 20_000 {
		a = a.Next()
		if v := g.Admit(a, "hiring"); v.Refuse || v.Aside == ByAddress {
			t.Fatalf("a new address: %+v", v)
		}
		if i%1000 == 0 {
			c.t = c.t.Add(time.Millisecond)
		}
		g.Receipt(fmt.Sprint(i, "@example.org"))
	}
	for k, table := range g.tables {
		if len(table.full) > 1000 {
			t.Errorf("kind %d: %d are remembered", k, len(table.full))
		}
	}
	if v := admit(g, school, "hiring"); !v.Refuse {
		t.Errorf("the one that was limited: %+v", v)
	}
}

func TestAClockThatJumpsLimitsNobodyForLong(t *testing.T) {
	g, c := newGuard("secret", small())
	a := netip.MustParseAddr("10.0.0.0")
	for range 1000 { // all that can be remembered
		a = a.Next()
		g.Admit(a, "hiring")
	}
	admit(g, school, "hiring")
	c.t = c.t.AddDate(-1, 0, 0)
	admit(g, school, "hiring")
	c.t = c.t.Add(2 * time.Minute)
	if v := admit(g, school, "hiring"); v != (Verdict{}) {
		t.Errorf("two minutes after the clock was set back: %+v", v)
	}
	for range 1000 {
		a = a.Next()
		g.Admit(a, "hiring")
	}
	c.t = c.t.Add(2 * time.Minute)
	g.kept()
	if n := len(g.tables[ofAddress].full); n != 0 {
		t.Errorf("%d addresses of the wrong time are still remembered", n)
	}
}
