package crash

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

// A file that was acknowledged with 201 outlives SIGKILL, half a file leaves nothing
// behind, and its slot can still be used (XEP-0363 #upload).
func TestUploads(t *testing.T) {
	const host = "capulet.lit"
	s := process.New(t, host, `accounts.hashes = ["SCRAM-SHA-256"]`, "accounts.iterations = 4096", "upload.file_bytes = 20000000")
	s.AddUsers(t, "romeo")
	s.Start(t)
	var status struct{ Data string }
	if err := json.Unmarshal([]byte(s.Command(t, "status", "--json")), &status); err != nil || status.Data == "" {
		t.Fatalf("status: %v", err)
	}
	web := &http.Client{Transport: &http.Transport{
		TLSClientConfig: s.TLS(),
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, s.HTTPAddr)
		},
	}}
	content := strings.Repeat("wherefore art thou ", 1_000_000)[:10_000_000]
	for round := range 3 {
		whole, half := uploadSlot(t, s, len(content)), uploadSlot(t, s, len(content))
		if status, err := upload(web, whole.put, content); err != nil || status != http.StatusCreated {
			t.Fatalf("round %d: %d %v", round, status, err)
		}
		sendHalf(t, s, half.put, content)
		awaitHalf(t, status.Data)
		s.Kill(t)
		s.Start(t)
		if got := download(t, web, whole.get); got != content {
			t.Errorf("round %d: what was acknowledged has %d bytes", round, len(got))
		}
		if status, err := upload(web, half.put, content); err != nil || status != http.StatusCreated {
			t.Errorf("round %d: the slot is lost: %d %v", round, status, err)
		}
		if left := halves(t, status.Data); len(left) > 0 {
			t.Errorf("round %d: left behind: %v", round, left)
		}
	}
	s.Stop(t)
}

type urls struct{ put, get string }

// uploadSlot asks for a slot as romeo.
func uploadSlot(t *testing.T, s *process.Server, size int) urls {
	t.Helper()
	c, err := wire.Dial(s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err = c.Enter(wire.Target{Addr: s.Addr, Domain: s.Domain, TLS: s.TLS(), User: "romeo", Password: process.Password}); err == nil {
		err = c.Bind("orchard")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Sendf("<iq type='get' id='slot' to='upload.%s'><request xmlns='urn:xmpp:http:upload:0' filename='love.txt' size='%d'/></iq>", s.Domain, size); err != nil {
		t.Fatal(err)
	}
	e, err := c.Next(wire.Patience)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]string)
	if err := (wire.Matcher{Seen: seen}).Match("<iq id='slot'><slot xmlns='urn:xmpp:http:upload:0'><put url='$put'/><get url='$get'/></slot></iq>", e); err != nil {
		t.Fatal(err)
	}
	return urls{seen["$put"], seen["$get"]}
}

func upload(web *http.Client, url, content string) (status int, err error) {
	r, err := http.NewRequest(http.MethodPut, url, strings.NewReader(content))
	if err != nil {
		return 0, err
	}
	answer, err := web.Do(r)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}

func download(t *testing.T, web *http.Client, url string) string {
	t.Helper()
	answer, err := web.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %v", answer.Status, err)
	}
	return string(text)
}

// sendHalf begins an upload and does not end it.
func sendHalf(t *testing.T, s *process.Server, url, content string) {
	t.Helper()
	nc, err := tls.Dial("tcp", s.HTTPAddr, s.TLS())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	r, err := http.NewRequest(http.MethodPut, url, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	var head strings.Builder
	if err := r.Write(&head); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(nc, head.String()[:head.Len()/2]); err != nil {
		t.Fatal(err)
	}
}

// halves lists the files that have not come whole.
func halves(t *testing.T, data string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(data, "uploads", "tmp", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// awaitHalf waits until a part of a file has been written.
func awaitHalf(t *testing.T, data string) {
	t.Helper()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for range 1000 {
		for _, path := range halves(t, data) {
			if info, err := os.Stat(path); err == nil && info.Size() > 0 {
				return
			}
		}
		<-poll.C
	}
	t.Fatal("half a file has not come")
}
