package rest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

const nsUpload = "urn:xmpp:http:upload:0" // XEP-0363

// Files go to the store of uploaded files (XEP-0363), in the name of whose token it is. A
// file has the id of its upload slot, 16 random bytes, which is its UUID here. Its name there
// is the same for all, or, of one that is restricted, the share-secret: who does not know
// that does not know where the file is.
const (
	maxFile  = 10 << 20 // bytes
	openName = "chatfile"
	// A slow client takes many minutes for its file: nobody else waits for it.
	filesAtOnce = 64 // uploads under way
	filesOfOne  = 4  // of one person
	// maxForm is what a form may have around its file.
	maxForm = 16 << 10
)

// upload is POST /chatfiles (wire part 2, item 6).
func (c *call) upload(ctx context.Context) (any, error) {
	if c.h.cfg.Files == nil {
		return nil, errWeb(http.StatusNotImplemented, "there are no files here")
	}
	owner := c.grant.User
	if owner.IsZero() {
		// Files are somebody's, and come to an end with him and his quota.
		u, err := c.find(ctx, "admin", errIllegal("the app needs a user \"admin\" whose its files are, or a token of a user"))
		if err != nil {
			return nil, err
		}
		owner = u.JID
	}
	if !c.h.files.enter(owner) {
		return nil, errRate(time.Second)
	}
	defer c.h.files.leave(owner)
	spool, err := newSpool()
	if err != nil {
		return nil, err
	}
	defer spool.remove()
	kind, size, err := c.multipart(spool)
	if err != nil {
		return nil, err
	}
	name := openName
	restricted := strings.EqualFold(c.r.Header.Get("restrict-access"), "true")
	if restricted {
		secret := make([]byte, 16)
		randomize(secret)
		name = base64.RawURLEncoding.EncodeToString(secret)
	}
	id, token, err := c.slot(ctx, owner, name, kind, int(size))
	if err != nil {
		return nil, err
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if err := c.h.cfg.Files.Put(ctx, File{ID: id, Name: name, Token: token, Type: kind, Size: size, Body: spool}); err != nil {
		return nil, err
	}
	e := object{{"uuid", fileUUID(id)}, {"type", "chatfile"}}
	if restricted {
		e = append(e, member{"share-secret", name})
	} else {
		e = append(e, member{"share-secret", c.formality(id)})
	}
	return c.wrote("post", reply{path: "/chatfiles", entities: []object{e}}), nil
}

// formality is a share-secret that nobody is asked for: clients want to have one.
func (c *call) formality(id string) string {
	m := hmac.New(sha256.New, c.h.cfg.Secret)
	m.Write([]byte("file " + id))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:16])
}

// multipart reads the part "file" of a form (RFC 7578) into a spool.
func (c *call) multipart(spool io.Writer) (kind string, size int64, err error) {
	bridge.Expect(c.w, maxFile)
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, maxFile+maxForm)
	parts, err := c.r.MultipartReader()
	if err != nil {
		return "", 0, errWeb(http.StatusUnsupportedMediaType, "Unsupported Media Type")
	}
	for range 10 {
		part, err := parts.NextPart()
		if err != nil {
			break
		}
		if part.FormName() != "file" {
			continue
		}
		size, err = io.Copy(spool, io.LimitReader(part, maxFile+1))
		var over *http.MaxBytesError
		var disk *fs.PathError
		switch {
		case errors.As(err, &over), size > maxFile:
			return "", 0, errWeb(http.StatusRequestEntityTooLarge, "Request Entity Too Large")
		case errors.As(err, &disk):
			return "", 0, err
		case err != nil:
			return "", 0, errWeb(http.StatusRequestTimeout, "Request Timeout")
		case size == 0:
			return "", 0, errIllegal("the file is empty")
		}
		if kind, _, err = mime.ParseMediaType(part.Header.Get("Content-Type")); err != nil {
			kind = octetStream
		}
		return kind, size, nil
	}
	return "", 0, errIllegal("there is no part \"file\"")
}

// slot asks for a place for a file (XEP-0363 #request).
func (c *call) slot(ctx context.Context, owner jid.JID, name, kind string, size int) (id, token string, err error) {
	at, err := jid.New("", "upload."+c.app.Host.Domain(), "")
	if err != nil {
		return "", "", err
	}
	b := stanza.AppendAttr([]byte("<request xmlns='"+nsUpload+"'"), "filename", name)
	b = stanza.AppendAttr(b, "size", strconv.Itoa(size))
	b = stanza.AppendAttr(b, "content-type", kind)
	answer, err := c.h.cfg.Port.Ask(ctx, owner, at, stanza.Get, append(b, "/>"...))
	if err != nil {
		return "", "", full(err)
	}
	var told struct {
		XMLName xml.Name
		Put     struct {
			URL string `xml:"url,attr"`
		} `xml:"put"`
	}
	if err := answer.Decode(&told); err != nil {
		return "", "", err
	}
	u, err := url.Parse(told.Put.URL)
	if err != nil {
		return "", "", err
	}
	parts := strings.Split(u.Path, "/")
	if len(parts) < 2 {
		return "", "", errWeb(unspecified, "")
	}
	return parts[len(parts)-2], u.RawQuery, nil
}

// slotIDs is how the ids of slots are written: 26 letters and digits for 16 bytes and some.
var slotIDs = base32.StdEncoding.WithPadding(base32.NoPadding)

// fileUUID writes the id of a slot like a UUID (RFC 9562 §5.8): 128 of its bits.
func fileUUID(id string) string {
	raw, err := slotIDs.DecodeString(id)
	if err != nil || len(raw) != 16 {
		return id
	}
	text := hex.EncodeToString(raw)
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

func slotOf(uuid string) (id string, ok bool) {
	raw, err := hex.DecodeString(strings.ReplaceAll(uuid, "-", ""))
	if err != nil || !isUUID(uuid) {
		return "", false
	}
	return slotIDs.EncodeToString(raw), true
}

// download is GET /chatfiles/{uuid} (wire part 2, item 6). A thumbnail is the file itself.
func (c *call) download(ctx context.Context) (any, error) {
	id, ok := slotOf(c.vars["file"])
	if !ok || c.h.cfg.Files == nil {
		return nil, errMissing()
	}
	body, kind, err := c.h.cfg.Files.Open(ctx, id, openName)
	if secret := c.r.Header.Get("share-secret"); err != nil && secret != "" && len(secret) < 100 {
		body, kind, err = c.h.cfg.Files.Open(ctx, id, secret)
	}
	var told *stanza.Error
	switch {
	case errors.As(err, &told):
		return nil, errMissing()
	case err != nil:
		return nil, err
	}
	defer func() { _ = body.Close() }() // it was only read
	c.written = true
	h := c.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", "attachment")
	bridge.Expect(c.w, maxFile)
	http.ServeContent(c.w, c.r, "", time.Time{}, body)
	return nil, nil
}
