package sasl

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"testing"
)

const (
	password   = "wherefore art thou"
	domain     = "capulet.lit"
	iterations = 16 // the server's work does not depend on it
)

// people is a directory: juliet, the comma,equals= man, and nobody else.
type people struct {
	err     error
	keys    map[string]Keys // by user name and hash
	fake    map[Hash]Keys
	lookups []string
}

func newPeople(t testing.TB) *people {
	t.Helper()
	p := &people{keys: map[string]Keys{}, fake: map[Hash]Keys{}}
	for _, h := range Hashes() {
		for _, name := range []string{"juliet", "a,b=c"} {
			k, err := DeriveKeys(h, password, []byte("salt of "+name), iterations)
			if err != nil {
				t.Fatal(err)
			}
			p.keys[name+string(h)] = k
		}
		secret := sha256.Sum256([]byte("secret of the server"))
		p.fake[h] = Keys{
			Hash: h, Iterations: iterations, Salt: secret[:14],
			StoredKey: h.hmac(secret[:], "stored"), ServerKey: h.hmac(secret[:], "server"),
		}
	}
	return p
}

func (p *people) Keys(_ context.Context, username string, h Hash) (Keys, bool, error) {
	p.lookups = append(p.lookups, username)
	if k, ok := p.keys[username+string(h)]; ok {
		return k, true, p.err
	}
	return p.fake[h], false, p.err
}

func (p *people) CheckPassword(ctx context.Context, username, password string) (bool, error) {
	k, known, err := p.Keys(ctx, username, SHA256)
	return k.Verify(password) && known, err
}

// client is the other side of SCRAM, written apart from the code under test, with knobs to lie.
type client struct {
	hash      Hash
	flag      string // "n", "y" or "p=type"
	cbData    []byte
	authzid   string
	username  string
	password  string
	edit      func(final string) string // before the proof is made; nil leaves it alone
	signature []byte
	bare      string
}

const clientNonce = "fyko+d2lbbFgONRv9qkxdawL"

func (c *client) header() string {
	h := c.flag + ","
	if c.authzid != "" {
		h += "a=" + escape(c.authzid)
	}
	return h + ","
}

func escape(s string) string {
	return strings.NewReplacer("=", "=3D", ",", "=2C").Replace(s)
}

func (c *client) first() []byte {
	c.bare = "n=" + escape(c.username) + ",r=" + clientNonce
	return []byte(c.header() + c.bare)
}

func (c *client) final(t testing.TB, challenge []byte) []byte {
	t.Helper()
	nonce, _, _ := strings.Cut(string(challenge), ",")
	if !strings.HasPrefix(nonce, "r="+clientNonce) || len(nonce) < len(clientNonce)+20 {
		t.Fatalf("challenge %q", challenge)
	}
	binding := append([]byte(c.header()), c.cbData...)
	final := "c=" + base64.StdEncoding.EncodeToString(binding) + "," + nonce
	if c.edit != nil {
		final = c.edit(final)
	}
	return []byte(final + ",p=" + string(c.proof(t, challenge, final)))
}

// proof signs the exchange so far, and notes what the server has to answer.
func (c *client) proof(t testing.TB, challenge []byte, final string) []byte {
	t.Helper()
	fields := strings.Split(string(challenge), ",")
	salt, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(fields[1], "s="))
	if err != nil {
		t.Fatal(err)
	}
	rounds, err := strconv.Atoi(strings.TrimPrefix(fields[2], "i="))
	if err != nil {
		t.Fatal(err)
	}
	mac := func(key []byte, s string) []byte {
		m := hmac.New(c.hash.function(), key)
		m.Write([]byte(s))
		return m.Sum(nil)
	}
	salted, err := pbkdf2.Key(c.hash.function(), c.password, salt, rounds, c.hash.Size())
	if err != nil {
		t.Fatal(err)
	}
	key := mac(salted, "Client Key")
	stored := c.hash.function()()
	stored.Write(key)
	message := c.bare + "," + string(challenge) + "," + final
	proof := make([]byte, len(key))
	subtle.XORBytes(proof, key, mac(stored.Sum(nil), message))
	c.signature = mac(mac(salted, "Server Key"), message)
	return base64.StdEncoding.AppendEncode(nil, proof)
}

// login runs a whole exchange. steps counts the messages that the server answered without a failure.
func (c *client) login(t testing.TB, mechanism string, cfg Config) (x *Exchange, steps int, err error) {
	t.Helper()
	x, err = New(mechanism, cfg)
	if err != nil {
		return nil, 0, err
	}
	challenge, done, err := x.Step(t.Context(), c.first())
	if err != nil {
		return x, 0, err
	}
	if done {
		t.Fatal("done after the first message")
	}
	last, done, err := x.Step(t.Context(), c.final(t, challenge))
	if err != nil {
		return x, 1, err
	}
	if want := "v=" + base64.StdEncoding.EncodeToString(c.signature); !done || string(last) != want {
		t.Fatalf("done=%v with %q, want %q", done, last, want)
	}
	return x, 2, nil
}

// condition is the condition of a failure, or "" for no error, or the text of an error that is none.
func condition(err error) string {
	var f *Failure
	switch {
	case err == nil:
		return ""
	case errors.As(err, &f):
		return f.Condition
	default:
		return "plain error: " + err.Error()
	}
}
