package sasl

import (
	"encoding/base64"
	"errors"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// what both sides of the fake channel see
var channel = Binding{tlsExporter: []byte("exported"), tlsServerEndPoint: []byte("end point")}

func TestScram(t *testing.T) {
	const exporter = "p=tls-exporter"
	tests := []struct {
		name   string
		plus   bool
		client client
		want   string // condition
		counts bool
		steps  int // messages answered
	}{
		{"without channel binding", false, client{flag: "n"}, "", false, 2},
		{"with tls-exporter, RFC 9266 §2", true, client{flag: exporter, cbData: channel[tlsExporter]}, "", false, 2},
		{"with tls-server-end-point, RFC 5929 §4", true, client{flag: "p=tls-server-end-point", cbData: channel[tlsServerEndPoint]}, "", false, 2},
		{"own authzid", true, client{flag: exporter, cbData: channel[tlsExporter], authzid: "juliet@capulet.lit"}, "", false, 2},
		{"escaped name", false, client{flag: "n", username: "a,b=c"}, "", false, 2},
		{"escaped authzid", false, client{flag: "n", username: "a,b=c", authzid: "a,b=c@capulet.lit"}, "", false, 2},
		{"name is case mapped", false, client{flag: "n", username: "JULIET"}, "", false, 2},
		{"optional extension", false, client{flag: "n", edit: func(s string) string { return s + ",x=y=z,q=1" }}, "", false, 2},

		{"wrong password", false, client{flag: "n", password: "bite my thumb"}, NotAuthorized, true, 1},
		{"unknown user", false, client{flag: "n", username: "tybalt"}, NotAuthorized, true, 1},
		{"wrong password, bound", true, client{flag: exporter, cbData: channel[tlsExporter], password: "bite my thumb"}, NotAuthorized, true, 1},

		{"authzid of somebody else", false, client{flag: "n", authzid: "romeo@capulet.lit"}, InvalidAuthzid, false, 0},
		{"authzid of somebody else for an unknown user", false, client{flag: "n", username: "tybalt", authzid: "romeo@capulet.lit"}, InvalidAuthzid, false, 0},
		{"downgraded, RFC 5802 §6", false, client{flag: "y"}, NotAuthorized, false, 0},
		{"unknown type of binding, RFC 5802 §6", true, client{flag: "p=tls-unique"}, NotAuthorized, false, 0},
		{"data of another channel", true, client{flag: exporter, cbData: []byte("man in the middle")}, NotAuthorized, false, 1},
		{"data of another type", true, client{flag: exporter, cbData: channel[tlsServerEndPoint]}, NotAuthorized, false, 1},
		{"no data", true, client{flag: exporter}, NotAuthorized, false, 1},
		{"data without a binding", false, client{flag: "n", cbData: []byte("data")}, NotAuthorized, false, 1},
		{"n with -PLUS", true, client{flag: "n"}, MalformedRequest, false, 0},
		{"y with -PLUS", true, client{flag: "y"}, MalformedRequest, false, 0},
		{"p without -PLUS", false, client{flag: exporter, cbData: channel[tlsExporter]}, MalformedRequest, false, 0},
		{"header changed", false, client{flag: "n", edit: func(s string) string {
			return strings.Replace(s, "c=biws", "c=eSws", 1) // y,,
		}}, NotAuthorized, false, 1},
		{"nonce of another exchange", false, client{flag: "n", edit: func(s string) string {
			return strings.Replace(s, "r=fyko", "r=fykp", 1)
		}}, MalformedRequest, false, 1},
		{"nonce cut short", false, client{flag: "n", edit: func(s string) string { return s[:len(s)-1] }}, MalformedRequest, false, 1},
		{"mandatory extension, RFC 5802 §5.1", false, client{flag: "n", edit: func(s string) string { return s + ",m=ext" }}, MalformedRequest, false, 1},
	}
	for _, h := range Hashes() {
		for _, tt := range tests {
			t.Run(string(h)+" "+tt.name, func(t *testing.T) {
				cfg := Config{Directory: newPeople(t), Binding: channel, PlusOffered: true, Domain: domain}
				c := tt.client
				c.hash = h
				if c.username == "" {
					c.username = "juliet"
				}
				if c.password == "" {
					c.password = password
				}
				mechanism := string(h)
				if tt.plus {
					mechanism += plusSuffix
				}
				x, steps, err := c.login(t, mechanism, cfg)
				if condition(err) != tt.want || steps != tt.steps {
					t.Fatalf("%v after %d steps, want %q after %d", err, steps, tt.want, tt.steps)
				}
				if err == nil {
					if want := strings.ToLower(c.username); x.Username() != want {
						t.Errorf("user name %q, want %q", x.Username(), want)
					}
				}
				var f *Failure
				if errors.As(err, &f) && (f.CountsAsBadPassword() != tt.counts || x.Username() != "") {
					t.Errorf("counts %v as %q", f.CountsAsBadPassword(), x.Username())
				}
				if _, done, err := x.Step(t.Context(), c.first()); done || condition(err) != MalformedRequest {
					t.Errorf("message after the end: %v, %v", done, err)
				}
			})
		}
	}
}

// y is right where nothing was offered: no channel to bind to, or -PLUS switched off.
func TestScramNothingOffered(t *testing.T) {
	for _, cfg := range []Config{
		{Directory: newPeople(t), Binding: channel},
		{Directory: newPeople(t), PlusOffered: true},
		{Directory: newPeople(t), PlusOffered: true, Binding: Binding{tlsExporter: nil}},
	} {
		c := &client{hash: SHA256, flag: "y", username: "juliet", password: password}
		if _, _, err := c.login(t, "SCRAM-SHA-256", cfg); err != nil {
			t.Errorf("%v", err)
		}
	}
}

// Nobody can tell an unknown user from a wrong password, not even one who sends the right proof for the fake keys.
func TestUnknownUserLooksTheSame(t *testing.T) {
	for _, h := range Hashes() {
		outcome := func(username string, p *people) (shape [3]int, err error) {
			x, err := New(string(h), Config{Directory: p, Domain: domain})
			if err != nil {
				t.Fatal(err)
			}
			c := &client{hash: h, flag: "n", username: username, password: "bite my thumb"}
			challenge, _, err := x.Step(t.Context(), c.first())
			if err != nil {
				t.Fatal(err)
			}
			for i, field := range strings.Split(string(challenge), ",") {
				shape[i] = len(field)
			}
			_, _, err = x.Step(t.Context(), c.final(t, challenge))
			return shape, err
		}
		p := newPeople(t)
		knownShape, known := outcome("juliet", p)
		unknownShape, unknown := outcome("tybalt", p)
		if knownShape != unknownShape || !reflect.DeepEqual(known, unknown) {
			t.Errorf("%s: %v %#v, but %v %#v", h, knownShape, known, unknownShape, unknown)
		}
		p.fake[h] = p.keys["juliet"+string(h)]
		c := &client{hash: h, flag: "n", username: "tybalt", password: password}
		if _, _, err := c.login(t, string(h), Config{Directory: p}); !reflect.DeepEqual(err, known) {
			t.Errorf("%s: right proof for fake keys: %v", h, err)
		}
	}
}

func TestMalformedFirst(t *testing.T) {
	tests := []struct{ name, message string }{
		{"empty", ""},
		{"no comma", "n"},
		{"one comma", "n,"},
		{"header only", "n,,"},
		{"unknown flag", "f,,n=juliet,r=abc"},
		{"long flag", "nn,,n=juliet,r=abc"},
		{"no flag", ",,n=juliet,r=abc"},
		{"no name of the binding", "p=,,n=juliet,r=abc"},
		{"binding without equals sign", "p,,n=juliet,r=abc"},
		{"bad name of the binding", "p=tls_exporter,,n=juliet,r=abc"},
		{"authzid without a=", "n,juliet@capulet.lit,n=juliet,r=abc"},
		{"empty authzid", "n,a=,n=juliet,r=abc"},
		{"bad escape in authzid", "n,a=juliet=40capulet.lit,n=juliet,r=abc"},
		{"mandatory extension, RFC 5802 §5.1", "n,,m=ext,n=juliet,r=abc"},
		{"mandatory extension at the end", "n,,n=juliet,r=abc,m=ext"},
		{"no name", "n,,r=abc"},
		{"empty name", "n,,n=,r=abc"},
		{"order", "n,,r=abc,n=juliet"},
		{"no nonce", "n,,n=juliet"},
		{"empty nonce", "n,,n=juliet,r="},
		{"nonce with a space", "n,,n=juliet,r=a b"},
		{"nonce not ASCII", "n,,n=juliet,r=\u00e9"},
		{"escape cut short", "n,,n=juliet=,r=abc"},
		{"escape cut short after one digit", "n,,n=juliet=2,r=abc"},
		{"lower-case escape", "n,,n=juliet=2c,r=abc"},
		{"unknown escape", "n,,n=juliet=41,r=abc"},
		{"NUL in the name", "n,,n=jul\x00iet,r=abc"},
		{"not UTF-8", "n,,n=juli\xffet,r=abc"},
		{"name with a space", "n,,n=juliet capulet,r=abc"},
		{"empty extension", "n,,n=juliet,r=abc,"},
		{"empty extension between", "n,,n=juliet,r=abc,,x=y"},
		{"extension without a value", "n,,n=juliet,r=abc,x="},
		{"extension without a letter", "n,,n=juliet,r=abc,1=y"},
		{"extension without equals sign", "n,,n=juliet,r=abc,xyz"},
		{"a final message", "c=biws,r=abc,p=AAAA"},
		{"too long", "n,,n=juliet,r=" + strings.Repeat("x", MaxMessage)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPeople(t)
			x, err := New("SCRAM-SHA-256", Config{Directory: p, Domain: domain})
			if err != nil {
				t.Fatal(err)
			}
			_, done, err := x.Step(t.Context(), []byte(tt.message))
			if condition(err) != MalformedRequest || done {
				t.Errorf("got %v, %v", done, err)
			}
			if len(p.lookups) > 0 {
				t.Errorf("looked up %q for it", p.lookups)
			}
		})
	}
}

func TestMalformedFinal(t *testing.T) {
	proof := base64.StdEncoding.EncodeToString(make([]byte, SHA256.Size()))
	tests := []struct{ name, message string }{ // NONCE stands for the right one
		{"empty", ""},
		{"no comma", "c=biws"},
		{"no nonce", "c=biws,p=" + proof},
		{"no proof", "c=biws,r=NONCE"},
		{"empty proof", "c=biws,r=NONCE,p="},
		{"no binding", "r=NONCE,p=" + proof},
		{"empty binding", "c=,r=NONCE,p=" + proof},
		{"order", "r=NONCE,c=biws,p=" + proof},
		{"proof not last", "c=biws,r=NONCE,p=" + proof + ",x=y"},
		{"two proofs", "c=biws,r=NONCE,p=" + proof + ",p=" + proof + "!"},
		{"proof not base64", "c=biws,r=NONCE,p=" + proof[:43] + "!"},
		{"proof without padding", "c=biws,r=NONCE,p=" + proof[:43]},
		{"proof not canonical base64", "c=biws,r=NONCE,p=" + proof[:42] + "B="},
		{"proof with line end", "c=biws,r=NONCE,p=" + proof + "\n"},
		{"short proof", "c=biws,r=NONCE,p=" + proof[4:]},
		{"long proof", "c=biws,r=NONCE,p=AAAA" + proof},
		{"binding not base64", "c=bi!s,r=NONCE,p=" + proof},
		{"binding with line end", "c=biws\r\n,r=NONCE,p=" + proof},
		{"nonce does not match", "c=biws,r=NONCEx,p=" + proof},
		{"only the client's nonce", "c=biws,r=" + clientNonce + ",p=" + proof},
		{"empty nonce", "c=biws,r=,p=" + proof},
		{"nonce with a space", "c=biws,r= NONCE,p=" + proof},
		{"mandatory extension", "c=biws,r=NONCE,m=ext,p=" + proof},
		{"empty extension", "c=biws,r=NONCE,,p=" + proof},
		{"NUL", "c=biws,r=NONCE,x=\x00,p=" + proof},
		{"not UTF-8", "c=biws,r=NONCE,x=\xff,p=" + proof},
		{"the first message again", "n,,n=juliet,r=" + clientNonce},
		{"too long", "c=biws,r=NONCE,x=" + strings.Repeat("x", MaxMessage) + ",p=" + proof},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x, err := New("SCRAM-SHA-256", Config{Directory: newPeople(t), Domain: domain})
			if err != nil {
				t.Fatal(err)
			}
			c := &client{hash: SHA256, flag: "n", username: "juliet", password: password}
			challenge, _, err := x.Step(t.Context(), c.first())
			if err != nil {
				t.Fatal(err)
			}
			right := c.final(t, challenge)
			nonce, _, _ := strings.Cut(strings.TrimPrefix(string(challenge), "r="), ",")
			_, done, err := x.Step(t.Context(), []byte(strings.ReplaceAll(tt.message, "NONCE", nonce)))
			if condition(err) != MalformedRequest || done {
				t.Errorf("got %v, %v", done, err)
			}
			// A failed exchange is over, even for the right answer.
			if _, done, err := x.Step(t.Context(), right); done || condition(err) != MalformedRequest || x.Username() != "" {
				t.Errorf("right message after a wrong one: %v, %v", done, err)
			}
		})
	}
}

// No message makes the server hold or build much.
func TestScramAllocations(t *testing.T) {
	cfg := Config{Directory: newPeople(t), Domain: domain}
	for _, message := range []string{
		"n,,n=juliet,r=abc" + strings.Repeat(",x=y", 1000),
		"n,,n=" + strings.Repeat("=2C", 1300) + ",r=abc",
		"n,,n=juliet,r=" + strings.Repeat("x", 4000),
		strings.Repeat(",", MaxMessage),
		strings.Repeat("=", MaxMessage),
		strings.Repeat("\x00", MaxMessage),
	} {
		message := []byte(message)
		for _, mechanism := range []string{"SCRAM-SHA-256", "PLAIN"} {
			const runs = 20
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for range runs {
				x, err := New(mechanism, cfg)
				if err != nil {
					t.Fatal(err)
				}
				_, _, _ = x.Step(t.Context(), message)
			}
			runtime.ReadMemStats(&after)
			if got := (after.TotalAlloc - before.TotalAlloc) / runs; got > 64<<10 {
				t.Errorf("%s %.20q…: %d bytes", mechanism, message, got)
			}
		}
	}
}

// One whole login, both sides' messages ready but for the client's PBKDF2; the server does none.
func BenchmarkScram(b *testing.B) {
	for _, h := range Hashes() {
		b.Run(string(h), func(b *testing.B) {
			cfg := Config{Directory: newPeople(b), Domain: domain, Rand: zeros{}}
			c := &client{hash: h, flag: "n", username: "juliet", password: password}
			first := c.first()
			x, err := New(string(h), cfg)
			if err != nil {
				b.Fatal(err)
			}
			challenge, _, err := x.Step(b.Context(), first)
			if err != nil {
				b.Fatal(err)
			}
			final := c.final(b, challenge)
			b.ReportAllocs()
			for b.Loop() {
				x, err := New(string(h), cfg)
				if err != nil {
					b.Fatal(err)
				}
				if _, _, err := x.Step(b.Context(), first); err != nil {
					b.Fatal(err)
				}
				if _, done, err := x.Step(b.Context(), final); !done || err != nil {
					b.Fatal(done, err)
				}
			}
		})
	}
}

// zeros makes every nonce the same, so that a client's message can be used again.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
