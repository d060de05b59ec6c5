package upload_test

import (
	"context"
	"errors"
	"html"
	"io"
	"log/slog"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/store"
	"causeway/store/badger"
	"causeway/store/files"
	"causeway/xmpp/ext/upload"
	"causeway/xmpp/stanza"
	"causeway/xmpp/xmpptest"
)

// A world is the service on a store in memory and a folder.
type world struct {
	*upload.Service
	t      *testing.T
	cfg    upload.Config
	store  *store.Store
	folder string
}

// play runs a test with a world in a bubble.
func play(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "uploads")
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), badger.Options{Memory: true})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { must(t, s.Close()) }()
		w := &world{t: t, store: s, folder: folder, cfg: upload.Config{
			Store: s.Uploads(), Files: files.New(folder, 0),
			Base:      func(host string) string { return "https://" + host + ":5280" },
			Secret:    func(context.Context) ([]byte, error) { return []byte("mandrake"), nil },
			FileBytes: 100_000, QuotaBytes: 200_000, Keep: 2 * time.Hour, SlotTime: 5 * time.Minute,
			Logger: slog.New(slog.DiscardHandler),
		}}
		w.Service = upload.New(w.cfg)
		test(t, w)
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ask asks for a slot as romeo; attrs and purpose are those of the request.
func (w *world) ask(attrs, purpose string) string {
	w.t.Helper()
	return xmpptest.Answer(w.t, w.Service, "<iq type='get' id='1' from='romeo@montague.lit/orchard' to='upload.montague.lit'>"+
		"<request xmlns='urn:xmpp:http:upload:0' "+attrs+">"+purpose+"</request></iq>")
}

var slotURL = regexp.MustCompile(`<put url='https://montague\.lit:5280/upload/([A-Z2-7]{26})/([^/?']+)\?([^']+)'/><get url='https://montague\.lit:5280/upload/([A-Z2-7]{26})/([^/?']+)'/>`)

// slot asks for a slot and gives what fits it, but for the body.
func (w *world) slot(attrs, purpose string) upload.Delivery {
	w.t.Helper()
	answer := w.ask(attrs, purpose)
	m := slotURL.FindStringSubmatch(answer)
	if m == nil || m[1] != m[4] || m[2] != m[5] {
		w.t.Fatalf("no slot: %s", answer)
	}
	name, err := url.PathUnescape(html.UnescapeString(m[2]))
	must(w.t, err)
	return upload.Delivery{ID: m[1], Name: name, Token: m[3]}
}

// put sends a body for a slot.
func (w *world) put(d upload.Delivery, body string) error {
	w.t.Helper()
	d.Size, d.Body = int64(len(body)), strings.NewReader(body)
	return w.Put(w.t.Context(), d)
}

// read gives the content of a file, "" if there is none.
func (w *world) read(d upload.Delivery) string {
	w.t.Helper()
	f, err := w.Open(w.t.Context(), d.ID, d.Name)
	if err != nil {
		w.refused("download", err, stanza.ItemNotFound)
		return ""
	}
	text, err := io.ReadAll(f.Body)
	must(w.t, errors.Join(err, f.Body.Close()))
	return string(text)
}

// refused wants the client to be told of a condition.
func (w *world) refused(why string, err error, c stanza.Condition) {
	w.t.Helper()
	var told *stanza.Error
	if !errors.As(err, &told) || told.Condition != c {
		w.t.Errorf("%s: got %v, want %s", why, err, c)
	}
}

// tree lists the files in the folder.
func (w *world) tree() (list []string) {
	w.t.Helper()
	found, err := filepath.Glob(filepath.Join(w.folder, "*", "*"))
	must(w.t, err)
	for _, path := range found {
		list = append(list, filepath.Base(path))
	}
	return list
}
