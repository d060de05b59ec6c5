package daemon

import (
	"context"
	"path/filepath"
	"time"

	webupload "causeway/bridge/upload"
	"causeway/store/files"
	"causeway/xmpp/ext/disco"
	"causeway/xmpp/ext/upload"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
)

// uploading makes the service for uploaded files. With uploads off it gives no slots,
// and what was uploaded before can still be downloaded until its time is over.
func (h *house) uploading() {
	cfg := &h.cfg
	h.uploads = upload.New(upload.Config{
		Store: h.store.Uploads(),
		Files: files.New(filepath.Join(cfg.Data, "uploads"), cfg.Store.FreeBytes),
		Base:  h.baseURL,
		Secret: func(ctx context.Context) ([]byte, error) {
			return h.store.Accounts().Secret(ctx, "upload slots")
		},
		FileBytes: cfg.Upload.FileBytes, QuotaBytes: cfg.Upload.QuotaBytes,
		Keep: time.Duration(cfg.Upload.Keep), SlotTime: time.Duration(cfg.Upload.SlotTime),
		Logger: h.log,
	})
	h.accounts.OnRemove(h.uploads.Remove)
	if fileURL(cfg) == "" {
		return
	}
	const name = "HTTP File Upload" // XEP-0363 #disco
	desk := router.NewDesk(h.router)
	desk.HandleIQ(upload.NS, h.uploads, upload.Features()...)
	about := disco.NewPlace(func() disco.Info {
		info := disco.Info{Identities: []disco.Identity{{Category: "store", Type: "file", Name: name}}, Features: desk.Features()}
		info.Forms = append(info.Forms, h.uploads.Form())
		return info
	})
	desk.HandleIQ(disco.NSInfo, about)
	desk.HandleIQ(disco.NSItems, about)
	for _, host := range h.router.Hosts() {
		h.router.SetGate(upload.Domain(host), desk)
	}
	h.hostItems = append(h.hostItems, func(host jid.JID) []disco.Item {
		at, err := jid.New("", upload.Domain(host.Domain()), "")
		if err != nil {
			return nil // the name of the host leaves no room for another label
		}
		return []disco.Item{{JID: at, Name: name}}
	})
}

// uploads is the service as the HTTP side sees it.
type uploads struct{ service *upload.Service }

func (u uploads) Put(ctx context.Context, d webupload.Delivery) error {
	return u.service.Put(ctx, upload.Delivery(d))
}

func (u uploads) Open(ctx context.Context, id, name string) (webupload.File, error) {
	f, err := u.service.Open(ctx, id, name)
	return webupload.File(f), err
}
