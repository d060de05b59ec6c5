package portable

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"causeway/conformance/process"
)

// crowd is how many accounts are moved while the server is killed, and how many archived
// messages each has.
const (
	crowd   = 40
	letters = 200
)

// TestKilled: a server that dies while it imports has accounts that are complete and no
// others; the import is run again until it ends, and then all is as if nothing had been.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "crowd.xml")
	if err := os.WriteFile(file, crowded(), 0o600); err != nil {
		t.Fatal(err)
	}
	calm := process.New(t, domain)
	calm.Command(t, "import", file)
	want := exported(t, calm, filepath.Join(dir, "calm.xml"))

	s := process.New(t, domain)
	s.Start(t)
	killed := 0
	for limit := 150 * time.Millisecond; ; limit = limit * 3 / 2 {
		done := make(chan struct{})
		// Ends with the command, which the death of the server ends.
		go func() {
			defer close(done)
			_, _ = s.Try("import", file) // it fails if accounts were there already
		}()
		select {
		case <-done:
		case <-time.After(limit + rand.N(50*time.Millisecond)):
			s.Kill(t)
			<-done
			killed++
			s.Start(t)
			whole(t, s, want, filepath.Join(dir, fmt.Sprintf("part%d.xml", killed)))
			continue
		}
		break
	}
	t.Logf("killed %d times", killed)
	if killed == 0 {
		t.Error("the import was too quick to be interrupted")
	}
	got := exported(t, s, filepath.Join(dir, "killed.xml"))
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes after the kills, %d without", len(got), len(want))
	}
	s.Stop(t)
}

// whole holds what there is against what shall be: each account is complete.
func whole(t *testing.T, s *process.Server, want []byte, file string) {
	t.Helper()
	some := bytes.Split(exported(t, s, file), []byte("  <user "))[1:]
	t.Logf("%d accounts", len(some))
	for _, user := range some {
		user, _, _ = bytes.Cut(user, []byte("  </user>"))
		if !bytes.Contains(want, user) {
			t.Errorf("an account is not complete: %.100s…", user)
		}
	}
}

// exported is what a server exports.
func exported(t *testing.T, s *process.Server, file string) []byte {
	t.Helper()
	s.Command(t, "export", file)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// crowded is the file of all accounts, each with the next as a contact.
func crowded() []byte {
	var b strings.Builder
	b.WriteString("<server-data xmlns='urn:xmpp:pie:0'><host jid='" + domain + "'>\n")
	at := time.Now().UTC().Add(-30 * 24 * time.Hour).Truncate(time.Second)
	for i := range crowd {
		fmt.Fprintf(&b, "<user name='u%03d'><account xmlns='urn:causeway:portable' created='2026-01-01T00:00:00Z'/>"+
			"<vCard xmlns='vcard-temp'><FN>U %d</FN></vCard>"+
			"<query xmlns='jabber:iq:roster'><item jid='u%03d@%s' subscription='both'/></query>"+
			"<archive xmlns='urn:xmpp:pie:0#mam'>\n", i, i, (i+1)%crowd, domain)
		for j := range letters {
			fmt.Fprintf(&b, "<result xmlns='urn:xmpp:mam:2' id='x'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='%s'/>"+
				"<message xmlns='jabber:client' from='u%03d@%s/a' to='u%03d@%s/b' type='chat'><body>%s %d</body></message></forwarded></result>\n",
				at.Add(time.Duration(j)*time.Second).Format(time.RFC3339), i, domain, (i+1)%crowd, domain, strings.Repeat("word ", 40), j)
		}
		b.WriteString("</archive></user>\n")
	}
	b.WriteString("</host></server-data>\n")
	return []byte(b.String())
}
