package c2s

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/xmpptest"

	melliumsasl "mellium.im/sasl"
)

// certificate makes a self-signed certificate for capulet.lit.
func certificate(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "capulet.lit"}, DNSNames: []string{"capulet.lit"},
		// A bubble's clock begins at the year 2000.
		NotBefore: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func withTLS(t testing.TB) (func(*Config), *tls.Config) {
	cert := certificate(t)
	roots := x509.NewCertPool()
	roots.AddCert(cert.Leaf)
	return func(c *Config) {
		c.PlainLoopback = false
		c.Binding = true
		c.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	}, &tls.Config{RootCAs: roots, ServerName: "capulet.lit"}
}

const (
	starttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
	proceed  = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
)

// scram logs in with a SCRAM mechanism.
func scram(t *testing.T, p *xmpptest.Puppet, m melliumsasl.Mechanism, name string, state *tls.ConnectionState) {
	t.Helper()
	opts := []melliumsasl.Option{melliumsasl.Credentials(func() ([]byte, []byte, []byte) {
		return []byte(name), []byte(name + "pass"), nil
	})}
	if state != nil {
		opts = append(opts, melliumsasl.TLSState(*state), melliumsasl.RemoteMechanisms(m.Name))
	}
	c := melliumsasl.NewClient(m, opts...)
	_, msg, err := c.Step(nil)
	if err != nil {
		t.Fatal(err)
	}
	p.Send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='" + m.Name + "'>" + base64.StdEncoding.EncodeToString(msg) + "</auth>")
	for _, want := range []string{"challenge", "success"} {
		got := p.Want("a "+want, "<"+want+" xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>*</"+want+">")
		_, text, _ := strings.Cut(got, ">")
		text, _, _ = strings.Cut(text, "<")
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		more, msg, err := c.Step(data)
		if err != nil {
			t.Fatal(err)
		}
		if want == "challenge" && more {
			p.Send("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" + base64.StdEncoding.EncodeToString(msg) + "</response>")
		}
	}
}

func TestStartTLSAndSCRAM(t *testing.T) {
	for _, m := range []melliumsasl.Mechanism{melliumsasl.ScramSha1, melliumsasl.ScramSha256, melliumsasl.ScramSha256Plus} {
		t.Run(m.Name, func(t *testing.T) {
			change, trust := withTLS(t)
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, change)
				p, _ := s.connect("romeo")
				p.Header("capulet.lit")
				_, features := p.WantHeader("to be told to use TLS", "<features xmlns='stream'><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></starttls></features>")
				if strings.Contains(features, "mechanism") {
					t.Errorf("mechanisms are offered in the clear: %s", features)
				}
				p.Send(starttls)
				p.Want("to go ahead", proceed)
				trust := trust.Clone()
				state, err := p.StartTLS(trust)
				if err != nil {
					t.Fatal(err)
				}
				p.Header("capulet.lit")
				_, features = p.WantHeader("mechanisms", "")
				if !strings.Contains(features, "channel-binding type=\"tls-exporter\"") {
					t.Errorf("no channel bindings are announced: %s", features)
				}
				scram(t, p, m, "romeo", state)
				p.Header("capulet.lit")
				p.WantHeader("bind", "")
				p.Send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
				p.Want("a resource", "<iq type='result' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>*</jid></bind></iq>")
				p.Send("<message to='romeo@capulet.lit' id='m'><body>self</body></message>")
				p.Want("its own words", "<message id='m'><body>self</body></message>")
			})
		})
	}
}

func TestStartTLSInjection(t *testing.T) {
	change, _ := withTLS(t)
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, change)
		p, _ := s.connect("mallory")
		p.Header("capulet.lit")
		p.WantHeader("starttls", "")
		p.Send(starttls + "<iq type='set' id='evil'/>")
		p.WantError("no plaintext behind starttls", "policy-violation")
	})
}

func TestDirectTLS(t *testing.T) {
	change, trust := withTLS(t)
	for _, tt := range []struct {
		name  string
		alpn  []string
		works bool
	}{
		{"no alpn", nil, true},
		{"xmpp-client", []string{"xmpp-client"}, true},
		{"another protocol", []string{"h2"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, change)
				client, server := xmpptest.Pipe(1 << 20)
				go s.server.ServeConn(context.Background(), server, DirectTLS) // ends with the login
				trust := trust.Clone()
				trust.NextProtos = tt.alpn
				secure := tls.Client(client, trust)
				defer func() { _ = client.Close() }()
				if err := secure.Handshake(); (err == nil) != tt.works {
					t.Fatalf("handshake: %v", err)
				}
				if !tt.works {
					return
				}
				p := xmpptest.NewPuppet(t, "romeo", secure)
				p.Header("capulet.lit")
				_, features := p.WantHeader("mechanisms", "")
				if strings.Contains(features, "starttls") {
					t.Errorf("STARTTLS is offered inside TLS: %s", features) // XEP-0368 #reqs
				}
			})
		})
	}
}
