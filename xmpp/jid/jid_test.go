package jid

import (
	"errors"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	long := strings.Repeat("a", 1023)
	longDomain := strings.Repeat(strings.Repeat("a", 61)+".", 16) + strings.Repeat("b", 31)
	for _, tt := range []struct {
		in                      string
		local, domain, resource string // all empty: invalid
	}{
		// RFC 7622 §3.5, table 1
		{"juliet@example.com", "juliet", "example.com", ""},
		{"juliet@example.com/foo", "juliet", "example.com", "foo"},
		{"juliet@example.com/foo bar", "juliet", "example.com", "foo bar"},
		{"juliet@example.com/foo@bar", "juliet", "example.com", "foo@bar"},
		{`foo\20bar@example.com`, `foo\20bar`, "example.com", ""},
		{"fussball@example.com", "fussball", "example.com", ""},
		{"fußball@example.com", "fußball", "example.com", ""},
		{"π@example.com", "π", "example.com", ""},
		{"Σ@example.com/foo", "σ", "example.com", "foo"},
		{"king@example.com/♚", "king", "example.com", "♚"},
		{"example.com", "", "example.com", ""},
		{"example.com/foobar", "", "example.com", "foobar"},
		{"a.example.com/b@example.net", "", "a.example.com", "b@example.net"},

		// RFC 7622 §3.5, table 2
		{`"juliet"@example.com`, "", "", ""},
		{"foo bar@example.com", "", "", ""},
		{"juliet@example.com/", "", "", ""},
		{"@example.com/", "", "", ""},
		{"henryⅣ@example.com", "", "", ""},
		{"♚@example.com", "", "", ""},
		{"juliet@", "", "", ""},
		{"/foobar", "", "", ""},

		{"", "", "", ""},
		{"@", "", "", ""},
		{"/", "", "", ""},
		{"@capulet.lit", "", "", ""},
		{"juliet@/balcony", "", "", ""},
		{"juliet@capulet.lit@montague.lit", "", "", ""},
		{"juliet@capulet..lit", "", "", ""},
		{"juliet@.capulet.lit", "", "", ""},
		{"juliet@.", "", "", ""},
		{"juliet@capulet.lit.", "juliet", "capulet.lit", ""}, // RFC 7622 §3.2
		{"juliet@capulet.lit..", "", "", ""},
		{"JULIET@Capulet.LIT/Balcony", "juliet", "capulet.lit", "Balcony"},
		{"juliet@xn--bcher-kva.lit", "juliet", "bücher.lit", ""}, // RFC 7622 §3.2.1
		{"juliet@BÜCHER.lit", "juliet", "bücher.lit", ""},
		{"juliet@capulet。lit", "juliet", "capulet.lit", ""},
		{"juliet@cap ulet.lit", "", "", ""},
		{"juliet@cap:ulet.lit", "", "", ""},
		{"juliet@cap<ulet.lit", "", "", ""},
		{"juliet@℀.lit", "", "", ""}, // decomposes to a/c
		{"juliet@my_machine", "", "", ""},
		{"jul:iet@capulet.lit", "", "", ""},
		{"jul<iet@capulet.lit", "", "", ""},
		{"jul&iet@capulet.lit", "", "", ""},
		{"jul'iet@capulet.lit", "", "", ""},
		{"jul\u200biet@capulet.lit", "", "", ""},
		{"jul\xffiet@capulet.lit", "", "", ""},
		{"juliet@capulet.lit/\x00", "", "", ""},
		{"juliet@capulet.lit/\xff", "", "", ""},
		{"juliet@capulet.lit/a\tb", "", "", ""},
		{"juliet@capulet.lit/<'\">&", "juliet", "capulet.lit", "<'\">&"},
		{"juliet@capulet.lit//", "juliet", "capulet.lit", "/"},
		{"juliet@capulet.lit/ ", "juliet", "capulet.lit", " "},
		{"juliet@127.0.0.1/a", "juliet", "127.0.0.1", "a"},
		{"juliet@[::1]", "juliet", "[::1]", ""},
		{"juliet@[2001:DB8:0::1]/a", "juliet", "[2001:db8::1]", "a"},
		{"juliet@[::1", "", "", ""},
		{"juliet@[127.0.0.1]", "", "", ""},
		{"juliet@[fe80::1%eth0]", "", "", ""},
		{"juliet@::1", "", "", ""},
		{long + "@capulet.lit/" + long, long, "capulet.lit", long},
		{long + "a@capulet.lit", "", "", ""},
		{"juliet@capulet.lit/" + long + "a", "", "", ""},
		{"juliet@" + longDomain, "juliet", longDomain, ""},
		{"juliet@" + longDomain + "b", "", "", ""},
	} {
		j, err := Parse(tt.in)
		if tt.domain == "" {
			if !errors.Is(err, ErrInvalid) || !j.IsZero() {
				t.Errorf("Parse(%.60q) = %q, %v, want an error", tt.in, j, err)
			}
			continue
		}
		if err != nil || j.Local() != tt.local || j.Domain() != tt.domain || j.Resource() != tt.resource {
			t.Errorf("Parse(%.60q) = %q %q %q, %v", tt.in, j.Local(), j.Domain(), j.Resource(), err)
		}
		if again, err := Parse(j.String()); again != j || err != nil {
			t.Errorf("Parse(%.60q) = %q, %v, want the same", j, again, err)
		}
		if made, err := New(tt.local, tt.domain, tt.resource); made != j || err != nil {
			t.Errorf("New(%.60q) = %q, %v", j, made, err)
		}
	}
}

func TestJIDParts(t *testing.T) {
	full := MustParse("juliet@capulet.lit/balcony")
	bare := MustParse("juliet@capulet.lit")
	host := MustParse("capulet.lit")
	room := MustParse("capulet.lit/balcony")
	if full.Bare() != bare || bare.Bare() != bare || full.Host() != host || room.Bare() != host {
		t.Error("parts of an address are not equal to the parsed parts")
	}
	if !full.IsFull() || full.IsBare() || !bare.IsBare() || bare.IsHost() || !host.IsHost() || room.IsHost() || (JID{}).IsHost() {
		t.Error("an address is not what it is")
	}
	for n := range 100 {
		if s := full.Shard(n + 1); s != bare.Shard(n+1) || s < 0 || s > n {
			t.Errorf("shard %d of %d for the full JID, %d for the bare one", s, n+1, bare.Shard(n+1))
		}
	}
	if j, err := bare.WithResource("balcony"); j != full || err != nil {
		t.Errorf("WithResource = %v, %v", j, err)
	}
	if j, err := full.WithResource(""); j != bare || err != nil {
		t.Errorf("WithResource = %v, %v", j, err)
	}
	if _, err := (JID{}).WithResource("balcony"); err == nil {
		t.Error("no address has a resource")
	}
	if m := map[JID]int{full: 1}; m[MustParse("Juliet@capulet.lit/balcony")] != 1 {
		t.Error("an address is not a key")
	}
	var j JID
	if err := j.UnmarshalText([]byte("romeo@montague.lit")); err != nil || j.String() != "romeo@montague.lit" {
		t.Errorf("UnmarshalText: %v, %v", j, err)
	}
	if err := j.UnmarshalText(nil); err != nil || !j.IsZero() {
		t.Errorf("UnmarshalText of nothing: %v, %v", j, err)
	}
}

func TestNewKeepsPartsApart(t *testing.T) {
	for _, parts := range [][3]string{
		{"a@b", "c", ""}, {"a/b", "c", ""}, {"a", "b/c", ""}, {"a", "b@c", ""}, {"", "a@b", ""}, {"a", "", "b"},
	} {
		if j, err := New(parts[0], parts[1], parts[2]); err == nil {
			t.Errorf("New(%q) = %q", parts, j)
		}
	}
}

func TestParseDoesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { _, _ = Parse("juliet@capulet.lit/balcony") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"juliet@capulet.lit/balcony", "capulet.lit", "a@[::1]/b", "Σ@bücher.lit/♚", "a@1.2.3.4", "a@xn--bcher-kva.lit", "a@b-.c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		j, err := Parse(s)
		if err != nil {
			return
		}
		if again, err := Parse(j.String()); err != nil || again != j {
			t.Fatalf("%q became %q, then %q (%v)", s, j, again, err)
		}
		made, err := New(j.Local(), j.Domain(), j.Resource())
		if err != nil || made != j {
			t.Fatalf("New of %q = %q, %v", j, made, err)
		}
		// The short way and the long way lead to the same address.
		long, err := enforce(j.Local(), j.Domain(), j.Resource())
		if err != nil || long != j {
			t.Fatalf("%q is %q by the profiles (%v)", j, long, err)
		}
		if len(j.Local()) > maxPart || len(j.Domain()) > maxPart || len(j.Resource()) > maxPart || j.Domain() == "" {
			t.Fatalf("%q has a part that is too long or missing", j)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for _, s := range []string{"juliet@capulet.lit/balcony", "Juliet@capulet.lit/balcony"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = Parse(s)
			}
		})
	}
}
