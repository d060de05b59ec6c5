package portable

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"causeway/xmpp/stanza"
)

// FuzzRecords: whatever a file says, reading it ends, no record is larger than it may
// be, what is carried as it is can stand in a stream, and the account that our own
// writer makes of the records is read as the same records.
func FuzzRecords(f *testing.F) {
	t := newTarget(f)
	furnish(f, t.Store)
	f.Add(short(export(f, t.Store)))
	for _, inside := range []string{
		"", "<query xmlns='jabber:iq:roster'><item jid='a@b' subscription='both'><group>x</group></item></query>",
		"<x:vCard xmlns:x='vcard-temp'><x:FN/></x:vCard>", "<presence type='subscribe' from='a@b'/>",
		"<scram-credentials xmlns='urn:xmpp:pie:0#scram' mechanism='SCRAM-SHA-1'/>",
		"<offline-messages><message><body/></message></offline-messages>",
		"<query xmlns='jabber:iq:privacy'><default name='a'/><list name='a'><item type='jid' value='a@b' action='deny' order='1'/></list></query>",
		"<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='n'><item id='1'><a xmlns='a'/></item></items></pubsub>",
		"<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><configure node='n'/><affiliations node='n'><affiliation jid='a@b' affiliation='member'/></affiliations></pubsub>",
	} {
		f.Add([]byte(one(inside)))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, file []byte) {
		path := filepath.Join(dir, "export.xml")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		first, clean := again(t, path)
		if !clean {
			return
		}
		if err := os.WriteFile(path, first, 0o600); err != nil {
			t.Fatal(err)
		}
		second, clean := again(t, path)
		if !clean || !bytes.Equal(first, second) {
			t.Errorf("read %q\nwritten %q\nread and written again %q", file, first, second)
		}
	})
}

// again writes what a file says. Clean is false if the file is broken, or something was
// left out, or the accounts are not whole.
func again(t *testing.T, path string) (written []byte, clean bool) {
	t.Helper()
	var out bytes.Buffer
	w := newWriter(&out)
	clean, host, depth := true, false, 0
	for r, err := range (&Source{Path: path}).Records(context.Background()) {
		if err != nil {
			return nil, false
		}
		switch r := r.(type) {
		case Host:
			if host {
				w.end()
			}
			host = true
			w.host(r.Domain)
		case User:
			clean = clean && r.Password == ""
			depth++
			w.user(r.JID)
		case UserEnd:
			depth--
			w.userEnd()
		case Problem:
			clean = false
		case Blocked:
			clean = false // a list is written as one
		default:
			checkRecord(t, r)
			w.write(r)
		}
	}
	if host {
		w.end()
	}
	clean = clean && depth == 0 && w.close() == nil
	return out.Bytes(), clean
}

// checkRecord holds a record against what streams carry.
func checkRecord(t *testing.T, r Record) {
	t.Helper()
	var xml []byte
	switch r := r.(type) {
	case Request:
		xml = r.XML
	case Card:
		xml = r.XML
	case Private:
		xml = r.XML
	case Waiting:
		xml = r.XML
	case Archived:
		xml = r.XML
	case Published:
		xml = r.Payload
	}
	if len(xml) == 0 {
		return
	}
	if len(xml) > 2*MaxElement {
		t.Errorf("%T of %d bytes", r, len(xml))
	}
	if _, err := stanza.Parse([]byte("<message>" + string(xml) + "</message>")); err != nil {
		t.Errorf("%T cannot stand in a stream: %v: %q", r, err, xml)
	}
}

// short leaves few messages in an archive: the fuzzer works better on little.
func short(file []byte) []byte {
	var kept [][]byte
	results := 0
	for _, line := range bytes.Split(file, []byte("\n   ")) {
		if bytes.Contains(line, []byte(nsPrivacy)) {
			continue // a block list is read address by address, and written as one
		}
		if bytes.Contains(line, []byte("<result ")) {
			if results++; results > 2 {
				continue
			}
		}
		kept = append(kept, line)
	}
	return bytes.Join(kept, []byte("\n   "))
}
