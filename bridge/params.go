package bridge

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
)

// maxParams is how many parameters a request may have.
const maxParams = 64

// Params are the parameters of a request, each of which has one value.
type Params map[string]string

// ReadParams reads the parameters in the query and in a form that is posted, at most max
// bytes of it. The error is a *Problem: for another type than that of forms, too much or
// too many, a body that does not come whole, a name that comes twice, or what is no
// UTF-8 or has NUL in it.
func ReadParams(w http.ResponseWriter, r *http.Request, max int64) (Params, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, Wrong(http.StatusBadRequest, "the query cannot be read")
	}
	posted, err := readForm(w, r, max)
	if err != nil {
		return nil, err
	}
	p := make(Params)
	for _, part := range []url.Values{values, posted} {
		for name, list := range part {
			if _, twice := p[name]; twice || len(list) != 1 {
				return nil, Wrong(http.StatusBadRequest, "a parameter is there twice")
			}
			if !isText(name) || !isText(list[0]) {
				return nil, Wrong(http.StatusBadRequest, "a parameter is not text")
			}
			p[name] = list[0]
		}
	}
	if len(p) > maxParams {
		return nil, Wrong(http.StatusBadRequest, "too many parameters")
	}
	return p, nil
}

func readForm(w http.ResponseWriter, r *http.Request, max int64) (url.Values, error) {
	if r.Method != http.MethodPost || r.ContentLength == 0 {
		return nil, nil
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, Wrong(http.StatusUnsupportedMediaType, "only forms are read")
	}
	if r.ContentLength > max {
		return nil, tooLarge(w)
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, max))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return nil, tooLarge(w)
	case err != nil:
		return nil, Wrong(http.StatusRequestTimeout, "the body did not come whole")
	}
	values, err := url.ParseQuery(string(text))
	if err != nil {
		return nil, Wrong(http.StatusBadRequest, "the form cannot be read")
	}
	return values, nil
}

// tooLarge ends the connection as well: nobody waits for the rest.
func tooLarge(w http.ResponseWriter) error {
	w.Header().Set("Connection", "close")
	return Wrong(http.StatusRequestEntityTooLarge, "the body is too large")
}
