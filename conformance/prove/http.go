package prove

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
)

// A Mutant changes what passes between checks and a fake that is reached by HTTP.
type Mutant struct {
	Name   string
	Before func(*http.Request) bool                                       // before the fake sees it; false: it does not
	After  func(*http.Request, *httptest.ResponseRecorder, []byte) []byte // gives the body that is sent instead
}

// Names gives the names of mutants.
func Names(mutants []Mutant) []string {
	var list []string
	for _, m := range mutants {
		list = append(list, m.Name)
	}
	return list
}

// A Site is a fake behind a mutant.
type Site struct{ *httptest.Server }

// Close ends it, whatever is still waiting.
func (s Site) Close() {
	s.CloseClientConnections()
	s.Server.Close()
}

// Serve starts a fake behind the mutant of that name.
func Serve(mutants []Mutant, name string, fake http.Handler) Site {
	var m Mutant
	for _, one := range mutants {
		if one.Name == name {
			m = one
		}
	}
	return Site{httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		if m.Before == nil || m.Before(r) {
			fake.ServeHTTP(rec, r)
		}
		body := rec.Body.Bytes()
		if m.After != nil {
			body = m.After(r, rec, body)
		}
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(body)
	}))}
}

// on reports whether a call is METHOD /path or has a body that matches the pattern.
func on(pattern string) func(*http.Request) bool {
	re := regexp.MustCompile(pattern)
	return func(r *http.Request) bool { return re.MatchString(r.Method + " " + r.URL.RequestURI()) }
}

// Body gives a mutant that replaces what matches in the bodies of answers to calls, whose
// method and path match at.
func Body(name, at, pattern, with string) Mutant {
	is, re := on(at), regexp.MustCompile(pattern)
	return Mutant{Name: name, After: func(r *http.Request, _ *httptest.ResponseRecorder, body []byte) []byte {
		if is(r) {
			return re.ReplaceAll(body, []byte(with))
		}
		return body
	}}
}

// Status gives a mutant that answers with another status.
func Status(name, at string, from, to int) Mutant {
	is := on(at)
	return Mutant{Name: name, After: func(r *http.Request, rec *httptest.ResponseRecorder, body []byte) []byte {
		if is(r) && rec.Code == from {
			rec.Code = to
		}
		return body
	}}
}

// Header gives a mutant that answers with another header; "" drops it.
func Header(name, at, header, value string) Mutant {
	is := on(at)
	return Mutant{Name: name, After: func(r *http.Request, rec *httptest.ResponseRecorder, body []byte) []byte {
		switch {
		case !is(r):
		case value == "":
			rec.Header().Del(header)
		default:
			rec.Header().Set(header, value)
		}
		return body
	}}
}

// Lie gives a mutant that answers calls without doing them.
func Lie(name, at, body string) Mutant {
	is := on(at)
	return Mutant{
		Name:   name,
		Before: func(r *http.Request) bool { return !is(r) },
		After: func(r *http.Request, rec *httptest.ResponseRecorder, came []byte) []byte {
			if !is(r) {
				return came
			}
			rec.Header().Set("Content-Type", "application/json")
			return []byte(body)
		},
	}
}

// Ask gives a mutant that changes what the fake sees of a call: a pattern in its query
// and in its body.
func Ask(name, at, pattern, with string) Mutant {
	is, re := on(at), regexp.MustCompile(pattern)
	return Mutant{Name: name, Before: func(r *http.Request) bool {
		if !is(r) {
			return true
		}
		r.URL.RawQuery = re.ReplaceAllString(r.URL.RawQuery, with)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return true
		}
		body = re.ReplaceAll(body, []byte(with))
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		return true
	}}
}
