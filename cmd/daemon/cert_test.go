package daemon

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func openTestCertificates(t *testing.T, hosts ...string) (*certificates, Config) {
	t.Helper()
	cfg := Default()
	cfg.Data, cfg.Hosts = t.TempDir(), hosts
	c, err := openCertificates(&cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return c, cfg
}

func shown(t *testing.T, c *certificates, name string) *tls.Certificate {
	t.Helper()
	cert, err := c.get(&tls.ClientHelloInfo{ServerName: name})
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestSelfSigned(t *testing.T) {
	c, cfg := openTestCertificates(t, "capulet.lit", "montague.lit", "bücher.example")
	for name, want := range map[string]string{
		"capulet.lit": "capulet.lit", "MONTAGUE.lit": "montague.lit", "montague.lit.": "montague.lit",
		"xn--bcher-kva.example": "xn--bcher-kva.example",
		"":                      "capulet.lit", "verona.lit": "capulet.lit", // nobody's: the first
	} {
		leaf := shown(t, c, name).Leaf
		if err := leaf.VerifyHostname(want); err != nil {
			t.Errorf("%q is shown: %v", name, err)
		}
		// Whoever trusts just this certificate can verify it.
		pool := x509.NewCertPool()
		pool.AddCert(leaf)
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: want}); err != nil {
			t.Errorf("%s: %v", want, err)
		}
	}
	info, err := os.Stat(filepath.Join(cfg.Data, "tls", "capulet.lit.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key: %v, %v", info.Mode(), err)
	}
	before := shown(t, c, "capulet.lit").Leaf.SerialNumber
	again, err := openCertificates(&cfg, slog.New(slog.DiscardHandler))
	if err != nil || shown(t, again, "capulet.lit").Leaf.SerialNumber.Cmp(before) != 0 {
		t.Errorf("a second start has another certificate: %v", err)
	}
	if err := os.Remove(filepath.Join(cfg.Data, "tls", "capulet.lit.key")); err != nil {
		t.Fatal(err)
	}
	if _, err := openCertificates(&cfg, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a certificate without its key was written over")
	}
}

// TestGivenCertificates: a host that a given certificate is for gets none of ours,
// be it by a wildcard.
func TestGivenCertificates(t *testing.T) {
	dir := t.TempDir()
	p := pair{filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")}
	if err := writeSelfSigned(p, "*.capulet.lit"); err != nil {
		t.Fatal(err)
	}
	cfg := Default()
	cfg.Data, cfg.Hosts = t.TempDir(), []string{"chat.capulet.lit", "montague.lit"}
	cfg.TLS.Certs, cfg.TLS.Keys = []string{p.cert}, []string{p.key}
	c, err := openCertificates(&cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := shown(t, c, "chat.capulet.lit").Leaf.VerifyHostname("chat.capulet.lit"); err != nil {
		t.Error(err)
	}
	if shown(t, c, "a.b.capulet.lit").Leaf.VerifyHostname("a.b.capulet.lit") == nil {
		t.Error("a wildcard stands for two labels")
	}
	if _, err := os.Stat(filepath.Join(cfg.Data, "tls", "chat.capulet.lit.crt")); err == nil {
		t.Error("a certificate was made that nobody needs")
	}
	if err := shown(t, c, "montague.lit").Leaf.VerifyHostname("montague.lit"); err != nil {
		t.Error(err)
	}
}

// TestDoubts: what clients may not like is said before they do.
func TestDoubts(t *testing.T) {
	dir := t.TempDir()
	p := pair{filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")}
	if err := writeSelfSigned(p, "montague.lit"); err != nil {
		t.Fatal(err)
	}
	cfg := Default()
	cfg.Data, cfg.Hosts = t.TempDir(), []string{"capulet.lit"}
	cfg.TLS.Certs, cfg.TLS.Keys = []string{p.cert}, []string{p.key}
	c, err := givenCertificates(&cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"capulet.lit: none of tls.certs is for it", p.cert + ": it is for [montague.lit], none of which"}
	for i, note := range c.doubts() {
		if i >= len(want) || !strings.HasPrefix(note, want[i]) {
			t.Errorf("%s", note)
		}
	}
	if _, err := os.Stat(filepath.Join(cfg.Data, "tls")); err == nil {
		t.Error("a look made a certificate")
	}
	leaf := *c.set.Load().list[0].Leaf
	for _, tt := range []struct {
		begin, end time.Duration
		want       string
	}{{-time.Hour, -time.Minute, "has ended"}, {-time.Hour, time.Hour, "ends soon"}, {time.Hour, certWarning + time.Hour, "begins"}} {
		leaf.NotBefore, leaf.NotAfter = time.Now().Add(tt.begin), time.Now().Add(tt.end)
		set := &certSet{byName: map[string]shownCert{"capulet.lit": {&tls.Certificate{Leaf: &leaf}, "file"}}}
		c.set.Store(set)
		notes := c.doubts()
		if !strings.Contains(strings.Join(notes, "\n"), "capulet.lit: file "+tt.want) {
			t.Errorf("%q, want %q", notes, tt.want)
		}
	}
}

// TestReload: changed files are read; broken ones leave the old certificate in place.
func TestReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, cfg := openTestCertificates(t, "capulet.lit")
		p := pair{filepath.Join(cfg.Data, "tls", "capulet.lit.crt"), filepath.Join(cfg.Data, "tls", "capulet.lit.key")}
		ctx, stop := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer stop()
		go c.watch(ctx) // stopped by stop
		first := shown(t, c, "capulet.lit").Leaf.SerialNumber

		if err := os.WriteFile(p.cert, []byte("not a certificate"), 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * certPoll)
		synctest.Wait()
		if shown(t, c, "capulet.lit").Leaf.SerialNumber.Cmp(first) != 0 {
			t.Error("a broken file took the old certificate away")
		}
		if c.reload() == nil {
			t.Error("a broken file is no fault")
		}
		for _, file := range []string{p.cert, p.key} {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}
		if err := writeSelfSigned(p, "capulet.lit"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * certPoll)
		synctest.Wait()
		if shown(t, c, "capulet.lit").Leaf.SerialNumber.Cmp(first) == 0 {
			t.Error("the new certificate is not shown")
		}
	})
}
