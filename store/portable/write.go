package portable

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"time"

	"causeway/roster"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A writer writes records as a file. The same records make the same bytes. It opens
// and closes the elements around them by itself, so records of one kind have to follow
// one another.
type writer struct {
	out   *bufio.Writer
	line  []byte // made again for each record
	open  []string
	inner string // the list that is open inside a user; "" if none
	node  string // whose items are open
	err   error
}

func newWriter(w io.Writer) *writer {
	wr := &writer{out: bufio.NewWriterSize(w, 64<<10)}
	wr.raw("<?xml version='1.0' encoding='UTF-8'?>\n")
	wr.begin("server-data", "<server-data xmlns='"+NS+"'>")
	return wr
}

// raw writes what is XML already.
func (w *writer) raw(s string) {
	if w.err == nil {
		_, w.err = w.out.WriteString(s)
	}
}

func (w *writer) indent() {
	for range w.open {
		w.raw(" ")
	}
}

// begin writes the start tag of an element of the frame.
func (w *writer) begin(name, tag string) {
	w.indent()
	w.raw(tag + "\n")
	w.open = append(w.open, name)
}

func (w *writer) end() {
	name := w.open[len(w.open)-1]
	w.open = w.open[:len(w.open)-1]
	w.indent()
	w.raw("</" + name + ">\n")
}

// element writes a whole element on a line of its own.
func (w *writer) element(xml []byte) {
	w.indent()
	if w.err == nil {
		_, w.err = w.out.Write(xml)
	}
	w.raw("\n")
}

// list opens the list that an element belongs to, unless it is open.
func (w *writer) list(name, tag string) {
	if w.inner == tag {
		return
	}
	w.closeList()
	w.begin(name, tag)
	w.inner = tag
}

func (w *writer) closeList() {
	if w.node != "" {
		w.end()
		w.node = ""
	}
	if w.inner != "" {
		w.end()
		w.inner = ""
	}
}

// single writes an element that stands directly in the user.
func (w *writer) single(xml []byte) {
	w.closeList()
	w.element(xml)
}

// host begins a host.
func (w *writer) host(domain string) {
	w.begin("host", "<host"+string(stanza.AppendAttr(nil, "jid", domain))+">")
}

func (w *writer) user(bare jid.JID) {
	w.begin("user", "<user"+string(stanza.AppendAttr(nil, "name", bare.Local()))+">")
}

func (w *writer) userEnd() {
	w.closeList()
	w.end()
}

// close ends the file; all hosts have ended.
func (w *writer) close() error {
	w.end()
	if w.err == nil {
		w.err = w.out.Flush()
	}
	if w.err != nil {
		return fmt.Errorf("write export: %w", w.err)
	}
	return nil
}

// write writes one record of an account.
func (w *writer) write(r Record) {
	b := w.line[:0]
	switch r := r.(type) {
	case About:
		w.single(appendAbout(b, r))
	case Left:
		b = stanza.AppendAttr(append(b, "<left xmlns='"+NSOurs+"'"...), "at", r.At.UTC().Format(time.RFC3339Nano))
		b = append(stanza.AppendText(append(b, '>'), r.Status), "</left>"...)
		w.single(b)
	case Credentials:
		w.single(appendCredentials(b, r))
	case Contact:
		w.list("query", "<query xmlns='"+nsRoster+"'>")
		w.element(appendContact(b, &r.Item))
	case Request:
		w.single(r.XML)
	case Card:
		w.single(r.XML)
	case Private:
		w.list("query", "<query xmlns='"+nsPrivate+"'>")
		w.element(r.XML)
	case Waiting:
		w.list("offline-messages", "<offline-messages>")
		w.element(r.XML)
	case Preferences:
		w.single(appendPreferences(b, &r.Prefs))
	case Archived:
		w.list("archive", "<archive xmlns='"+nsArchive+"'>")
		w.element(appendResult(b, &r))
	case Node, Affiliations, Subscriptions, Published:
		w.pubsub(b, r)
	}
}

// blocks writes a block list as the default privacy list (XEP-0227 #privacy-lists,
// XEP-0191 #privacy).
func (w *writer) blocks(list []jid.JID) {
	if len(list) == 0 {
		return
	}
	b := append(w.line[:0], "<query xmlns='"+nsPrivacy+"'><default name='blocked'/><list name='blocked'>"...)
	for i, j := range list {
		b = stanza.AppendAttr(append(b, "<item type='jid'"...), "value", j.String())
		b = append(strconv.AppendInt(append(b, " action='deny' order='"...), int64(i+1), 10), "'/>"...)
	}
	w.single(append(b, "</list></query>"...))
}

func appendAbout(b []byte, a About) []byte {
	b = append(b, "<account xmlns='"+NSOurs+"'"...)
	if !a.Created.IsZero() {
		b = stanza.AppendAttr(b, "created", a.Created.UTC().Format(time.RFC3339))
	}
	if !a.Changed.IsZero() {
		b = stanza.AppendAttr(b, "password", a.Changed.UTC().Format(time.RFC3339))
	}
	if a.Disabled {
		b = append(b, " disabled='true'"...)
	}
	if a.Reason == "" {
		return append(b, "/>"...)
	}
	b = stanza.AppendText(append(b, "><reason>"...), a.Reason)
	return append(b, "</reason></account>"...)
}

func appendCredentials(b []byte, k Credentials) []byte {
	b = append(stanza.AppendAttr(append(b, "<scram-credentials xmlns='"+nsSCRAM+"'"...), "mechanism", string(k.Hash)), '>')
	b = strconv.AppendInt(append(b, "<iter-count>"...), int64(k.Iterations), 10)
	b = base64.StdEncoding.AppendEncode(append(b, "</iter-count><salt>"...), k.Salt)
	b = base64.StdEncoding.AppendEncode(append(b, "</salt><server-key>"...), k.ServerKey)
	b = base64.StdEncoding.AppendEncode(append(b, "</server-key><stored-key>"...), k.StoredKey)
	return append(b, "</stored-key></scram-credentials>"...)
}

func appendContact(b []byte, it *roster.Item) []byte {
	b = stanza.AppendAttr(append(b, "<item"...), "jid", it.JID.String())
	if it.Name != "" {
		b = stanza.AppendAttr(b, "name", it.Name)
	}
	b = stanza.AppendAttr(b, "subscription", it.Subscription.String())
	if it.Ask {
		b = append(b, " ask='subscribe'"...)
	}
	if it.Approved {
		b = append(b, " approved='true'"...)
	}
	if len(it.Groups) == 0 {
		return append(b, "/>"...)
	}
	b = append(b, '>')
	for _, g := range it.Groups {
		b = append(stanza.AppendText(append(b, "<group>"...), g), "</group>"...)
	}
	return append(b, "</item>"...)
}

func appendPreferences(b []byte, p *archive.Prefs) []byte {
	b = stanza.AppendAttr(append(b, "<prefs xmlns='"+nsMAM+"'"...), "default", string(p.Default))
	b = append(b, "><always>"...)
	for _, j := range p.Always {
		b = append(stanza.AppendText(append(b, "<jid>"...), j.String()), "</jid>"...)
	}
	b = append(b, "</always><never>"...)
	for _, j := range p.Never {
		b = append(stanza.AppendText(append(b, "<jid>"...), j.String()), "</jid>"...)
	}
	return append(b, "</never></prefs>"...)
}

// stampLayout is the DateTime of XEP-0082 with all the digits that an id of ours has.
const stampLayout = "2006-01-02T15:04:05.000000Z"

func appendResult(b []byte, r *Archived) []byte {
	b = stanza.AppendAttr(append(b, "<result xmlns='"+nsMAM+"'"...), "id", r.ID)
	b = append(b, "><forwarded xmlns='"+nsForward+"'><delay xmlns='"+nsDelay+"' stamp='"...)
	b = r.Stamp.UTC().AppendFormat(b, stampLayout)
	b = append(b, "'/>"...)
	b = append(b, r.XML...)
	return append(b, "</forwarded></result>"...)
}
