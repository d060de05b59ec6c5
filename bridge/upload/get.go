package upload

import (
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"causeway/bridge"
)

// maxAge is the longest that a browser may keep a file without asking again.
const maxAge = 365 * 24 * time.Hour

// get answers with a file.
func (h *Handler) get(w http.ResponseWriter, r *http.Request, id, name string) {
	f, err := h.files.Open(r.Context(), id, name)
	if err != nil {
		h.fail(w, err)
		return
	}
	defer func() {
		if err := f.Body.Close(); err != nil {
			h.log.Warn("a download was not closed", slog.Any("err", err))
		}
	}()
	size, err := f.Body.Seek(0, 2)
	if err != nil {
		h.fail(w, err)
		return
	}
	header := w.Header()
	header.Set("Content-Type", f.Type)
	header.Set("Content-Disposition", disposition(f.Type, f.Name))
	// The content under a URL never changes, so the id says which version it is.
	header.Set("ETag", `"`+id+`"`)
	// Private: a cache between here and there may not keep what was deleted here.
	header.Set("Cache-Control", "private, immutable, max-age="+strconv.FormatInt(int64(age(f.Until)/time.Second), 10))
	bridge.Expect(w, size)
	http.ServeContent(w, r, "", f.Stored, f.Body) // ranges, conditions, HEAD
}

// age is how long a file that ends then may be kept by who has it.
func age(until time.Time) time.Duration {
	if until.IsZero() {
		return maxAge
	}
	return max(0, min(maxAge, time.Until(until)))
}

// disposition says whether a browser may show the file, or only save it.
func disposition(mediaType, name string) string {
	how := "attachment"
	if harmless(mediaType) {
		how = "inline"
	}
	if d := mime.FormatMediaType(how, map[string]string{"filename": name}); d != "" {
		return d
	}
	return how
}

// harmless reports whether nothing of that type can be a program to a browser: unlike
// HTML, SVG, XML and PDF.
func harmless(mediaType string) bool {
	t, _, _ := strings.Cut(mediaType, ";")
	switch t {
	case "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif":
		return true
	}
	return strings.HasPrefix(t, "audio/") || strings.HasPrefix(t, "video/")
}
