package daemon

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"os"
	"regexp"
	"testing"
)

// The HTTP port has the certificate of the host, says that all is well, and speaks
// HTTP/1.1 and HTTP/2.
func TestWeb(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	in, out := io.Pipe()
	done := make(chan int, 1)
	go func() { // stopped by stop
		done <- execute(ctx, []string{"try", "--c2s", "127.0.0.1:0", "--http", "127.0.0.1:0", "--set", "http.listen_plain=127.0.0.1:0"}, nil, out, io.Discard)
		_ = out.Close()
	}()
	said := readUntil(t, in, "run_forever()\n")
	go func() { _, _ = io.Copy(io.Discard, in) }() // ends with the server
	find := func(pattern string) string {
		m := regexp.MustCompile(pattern).FindStringSubmatch(said)
		if m == nil {
			t.Fatalf("%s is not in:\n%s", pattern, said)
		}
		return m[1]
	}
	cert, err := os.ReadFile(find(`certificate +(\S+)`))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(cert)
	for _, tt := range []struct {
		url string
		h2  bool
	}{
		{"https://" + find(`HTTPS +(\S+)`), false},
		{"https://" + find(`HTTPS +(\S+)`), true},
		{"http://" + find(`HTTP +(\S+)`), false},
	} {
		client := &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "localhost", MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: tt.h2,
		}}
		answer, err := client.Get(tt.url + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		if err := errors.Join(err, answer.Body.Close()); err != nil || string(text) != "ok\n" || (answer.ProtoMajor == 2) != tt.h2 {
			t.Errorf("%+v: %s %q by %s, %v", tt, answer.Status, text, answer.Proto, err)
		}
		client.CloseIdleConnections()
	}
	stop()
	if code := <-done; code != 0 {
		t.Errorf("try ended with %d", code)
	}
}
