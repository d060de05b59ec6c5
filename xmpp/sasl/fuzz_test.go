package sasl

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/text/secure/precis"
)

// FuzzExchange sends any three messages to any mechanism. Whatever they are: no panic, no long answer, and nobody is
// let in without the password. Nonces are fixed, so the seeds hold logins that work and the fuzzer starts from there.
func FuzzExchange(f *testing.F) {
	directory := newPeople(f)
	cfg := Config{
		Directory:   directory,
		Binding:     channel,
		PlusOffered: true,
		Domain:      domain,
		Rand:        zeros{},
	}
	names := Mechanisms(cfg, true)
	for i, name := range names {
		h, plus := strings.CutSuffix(name, plusSuffix)
		if name == plainName {
			f.Add(byte(i), []byte("\x00juliet\x00"+password), []byte{}, []byte{})
			f.Add(byte(i), []byte("juliet@capulet.lit\x00juliet\x00"), []byte("a\x00b\x00c"), []byte{})
			continue
		}
		c := &client{hash: Hash(h), flag: "n", username: "juliet", password: password}
		if plus {
			c.flag, c.cbData = "p=tls-exporter", channel[tlsExporter]
		}
		x, err := New(name, cfg)
		if err != nil {
			f.Fatal(err)
		}
		first := c.first()
		challenge, _, err := x.Step(f.Context(), first)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(i), first, c.final(f, challenge), []byte("again"))
		f.Add(byte(i), []byte("y,a=juliet@capulet.lit,n=a=2Cb=3Dc,r=abc,x=y"), []byte("c=biws,r=abc,m=x,p=AAAA"), first)
	}
	f.Fuzz(func(t *testing.T, pick byte, one, two, three []byte) {
		directory.lookups = nil
		name := names[int(pick)%len(names)]
		x, err := New(name, cfg)
		if err != nil {
			t.Fatal(err)
		}
		var sent, got [][]byte
		for _, message := range [][]byte{one, two, three} {
			challenge, done, err := x.Step(t.Context(), message)
			if len(challenge) > 2*MaxMessage {
				t.Fatalf("answer of %d bytes", len(challenge))
			}
			sent, got = append(sent, message), append(got, challenge)
			if done != (x.Username() != "") || done && err != nil {
				t.Fatalf("done=%v as %q with %v", done, x.Username(), err)
			}
			if done && !proves(t, name, x.Username(), sent, got) {
				t.Fatalf("%s let %q in for %q", name, x.Username(), sent)
			}
			if done || err != nil {
				return
			}
		}
	})
}

// proves judges, apart from the code under test, whether what a client sent proves that it knows the password.
func proves(t *testing.T, mechanism, username string, sent, got [][]byte) bool {
	if username != "juliet" && username != "a,b=c" {
		return false
	}
	last := sent[len(sent)-1]
	if mechanism == plainName {
		fields := bytes.Split(last, []byte{0})
		typed, err := precis.OpaqueString.Bytes(fields[len(fields)-1])
		return err == nil && string(typed) == password
	}
	header, bare := splitHeader(sent[len(sent)-2])
	h, plus := strings.CutSuffix(mechanism, plusSuffix)
	c := &client{hash: Hash(h), username: username, password: password}
	c.bare = bare
	final, proof, _ := bytes.Cut(last, []byte(",p="))
	binding := header
	if plus {
		cbName, _, _ := strings.Cut(strings.TrimPrefix(header, "p="), ",")
		binding += string(channel[cbName])
	}
	if !bytes.HasPrefix(final, []byte("c="+base64.StdEncoding.EncodeToString([]byte(binding))+",")) {
		return false
	}
	return bytes.Equal(proof, c.proof(t, got[len(got)-2], string(final)))
}

func splitHeader(first []byte) (header, bare string) {
	parts := strings.SplitN(string(first), ",", 3)
	return parts[0] + "," + parts[1] + ",", parts[2]
}
