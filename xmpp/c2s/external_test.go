package c2s

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/xmpptest"
)

// person makes a self-signed certificate with addresses in it.
func person(t testing.TB, addrs ...string) tls.Certificate {
	t.Helper()
	must := func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var names []byte
	for _, addr := range addrs {
		id := must(asn1.Marshal(onXMPPAddr))
		text := must(asn1.MarshalWithParams(addr, "utf8"))
		value := must(asn1.Marshal(asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: text}))
		names = append(names, must(asn1.Marshal(asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: append(id, value...)}))...)
	}
	san := must(asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: names}))
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "somebody"},
		NotBefore: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Now().Add(24 * time.Hour),
		ExtKeyUsage:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		ExtraExtensions: []pkix.Extension{{Id: subjectAltName, Value: san}},
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func TestExternal(t *testing.T) {
	const ns = " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
	change, trust := withTLS(t)
	one := person(t, "romeo@capulet.lit")
	two := person(t, "romeo@capulet.lit", "juliet@capulet.lit", "romeo@montague.lit")
	stranger := person(t, "romeo@capulet.lit")
	elsewhere := person(t, "romeo@montague.lit")
	authorities := x509.NewCertPool()
	for _, c := range []tls.Certificate{one, two, elsewhere} {
		authorities.AddCert(c.Leaf)
	}
	for _, tt := range []struct {
		name    string
		cert    *tls.Certificate
		authzid string
		want    string // "" means that EXTERNAL is not offered
	}{
		{"XEP-0178 #c2s one address", &one, "=", "<success" + ns + "/>"},
		{"XEP-0178 #c2s one address, named", &one, "romeo@capulet.lit", "<success" + ns + "/>"},
		{"XEP-0178 #c2s another address", &one, "juliet@capulet.lit", "<failure" + ns + "><invalid-authzid/></failure>"},
		{"XEP-0178 #c2s two addresses", &two, "=", "<failure" + ns + "><invalid-authzid/></failure>"},
		{"XEP-0178 #c2s one of two", &two, "juliet@capulet.lit", "<success" + ns + "/>"},
		{"another host's address", &two, "romeo@montague.lit", "<failure" + ns + "><invalid-authzid/></failure>"},
		{"unknown authority", &stranger, "=", ""},
		{"no address here", &elsewhere, "=", ""},
		{"no certificate", nil, "=", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, func(c *Config) {
					change(c)
					c.ClientCAs = func(host string) *x509.CertPool {
						if host == "capulet.lit" {
							return authorities
						}
						return nil
					}
				})
				client, server := xmpptest.Pipe(1 << 20)
				go s.server.ServeConn(context.Background(), server, DirectTLS) // ends with the login
				trust := trust.Clone()
				if tt.cert != nil {
					trust.Certificates = []tls.Certificate{*tt.cert}
				}
				p := xmpptest.NewPuppet(t, "somebody", tls.Client(client, trust))
				defer p.Close()
				p.Header("capulet.lit")
				_, features := p.WantHeader("mechanisms", "")
				if offered := strings.Contains(features, ">EXTERNAL<"); offered != (tt.want != "") {
					t.Fatalf("EXTERNAL offered: %v in %s", offered, features)
				}
				if tt.want == "" {
					return
				}
				text := tt.authzid
				if text != "=" {
					text = base64.StdEncoding.EncodeToString([]byte(text))
				}
				p.Send(auth("EXTERNAL", text))
				p.Want("an answer", tt.want)
			})
		})
	}
}
