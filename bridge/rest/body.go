package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// What a body may be.
const (
	maxBody     = 256 << 10 // bytes
	maxDepth    = 32        // of objects and arrays in each other
	formType    = "application/x-www-form-urlencoded"
	octetStream = "application/octet-stream"
)

// read reads the body of a request. What begins like an object or an array is JSON,
// whatever its type is said to be, and nothing is an empty object (wire §1.1): clients send
// JSON as forms, as text, or as nothing in particular. Another body is a form, if forms are
// taken, or refused.
func (c *call) readBody(max int64, forms bool) (any, error) {
	text, err := c.bytes(max)
	if err != nil {
		return nil, err
	}
	trimmed := bytes.TrimSpace(text)
	if len(trimmed) == 0 {
		return map[string]any{}, nil
	}
	if trimmed[0] == '{' || trimmed[0] == '[' {
		return readJSON(text)
	}
	kind, _, _ := strings.Cut(c.r.Header.Get("Content-Type"), ";")
	switch kind = strings.ToLower(strings.TrimSpace(kind)); {
	case forms && (kind == formType || kind == ""):
		return readForm(string(trimmed))
	case kind == formType && !forms, kind != "" && !strings.Contains(kind, "json") && kind != "text/plain" && kind != formType:
		return nil, errWeb(http.StatusUnsupportedMediaType, "Unsupported Media Type")
	}
	return readJSON(text)
}

// bytes reads the whole body, at most max bytes of it.
func (c *call) bytes(max int64) ([]byte, error) {
	tooLarge := func() error {
		c.w.Header().Set("Connection", "close") // nobody waits for the rest
		return errWeb(http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	}
	if c.r.ContentLength > max {
		return nil, tooLarge()
	}
	text, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, max))
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return nil, tooLarge()
	case err != nil:
		return nil, errWeb(http.StatusRequestTimeout, "Request Timeout")
	}
	return text, nil
}

// readJSON reads one JSON value (RFC 8259): UTF-8, no name twice in an object, not too deep,
// and nothing behind it. Numbers are json.Number.
func readJSON(text []byte) (any, error) {
	if !utf8.Valid(text) {
		return nil, errJSON("Invalid UTF-8") // RFC 8259 §8.1
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, err := readValue(d, 0)
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return v, nil
		}
		err = errJSON("Unexpected character behind the value")
	}
	var p *problem
	if errors.As(err, &p) {
		return nil, p
	}
	return nil, errJSON(fmt.Sprintf("Unexpected character or end-of-input at byte %d", d.InputOffset()))
}

func readValue(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	opening, ok := t.(json.Delim)
	if !ok {
		return t, nil
	}
	if depth == maxDepth {
		return nil, errJSON("nested too deeply")
	}
	if opening == '[' {
		list := []any{}
		for d.More() {
			v, err := readValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	}
	members := make(map[string]any)
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		key, _ := name.(string) // the decoder lets nothing else through
		if _, twice := members[key]; twice {
			return nil, errJSON("Duplicate field " + quoted(key))
		}
		if members[key], err = readValue(d, depth+1); err != nil {
			return nil, err
		}
	}
	_, err = d.Token()
	return members, err
}

// readForm reads a form as an object of strings.
func readForm(text string) (any, error) {
	values, err := url.ParseQuery(text)
	if err != nil || !utf8.ValidString(text) {
		return nil, errIllegal("the form cannot be read")
	}
	return flat(values)
}

// flat gives parameters that each have one value.
func flat(values url.Values) (map[string]any, error) {
	members := make(map[string]any, len(values))
	for name, list := range values {
		if len(list) != 1 || !utf8.ValidString(name) || !utf8.ValidString(list[0]) {
			return nil, errIllegal("a parameter is there twice, or is not text")
		}
		members[name] = list[0]
	}
	return members, nil
}

// quoted is a piece of what somebody sent, safe to be shown, and not long.
func quoted(s string) string {
	if len(s) > 80 {
		s = strings.ToValidUTF8(s[:80], "") + "…"
	}
	return "'" + s + "'"
}

// object reads a body that is a JSON object.
func (c *call) object() (map[string]any, error) {
	v, err := c.readBody(maxBody, false)
	if err != nil {
		return nil, err
	}
	o, ok := v.(map[string]any)
	if !ok {
		return nil, errIllegal("a JSON object is expected")
	}
	return o, nil
}

// text gives a member that is a string; ok is false if it is not there, or null.
func text(o map[string]any, name string) (s string, ok bool, err error) {
	switch v := o[name].(type) {
	case nil:
		return "", false, nil
	case string:
		return v, true, nil
	default:
		return "", false, errIllegal(name + " is not a string")
	}
}

// names gives the member usernames, a list of strings.
func names(o map[string]any) ([]string, error) {
	list, ok := o["usernames"].([]any)
	if !ok {
		return nil, errIllegal("usernames is not a list of strings")
	}
	out := make([]string, len(list))
	for i, v := range list {
		if out[i], ok = v.(string); !ok {
			return nil, errIllegal("usernames is not a list of strings")
		}
	}
	return out, nil
}
