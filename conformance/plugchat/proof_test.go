package plugchat

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"causeway/conformance/prove"
	"causeway/conformance/run"
)

const public, secret, visitor = "public-key-of-the-fake", "secret-key-of-the-fake", "visitor-of-the-fake"

// fake answers as the document has it; wrong is the switch that a mutant has turned.
func fake(wrong string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query().Get
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		code, txt, data := answer(q, wrong)
		callback := q("callback")
		if callback != "" && !regexp.MustCompile(`^[A-Za-z0-9_$.]+$`).MatchString(callback) && wrong != "any callback is called" {
			code, txt, data, callback = 301, "Malformed request", nil, ""
		}
		text, _ := json.Marshal(map[string]any{"code": code, "txt": txt, "data": data})
		if callback != "" {
			w.Header().Set("Content-Type", "application/javascript; charset=utf-8")
			text = []byte("/**/" + callback + "(" + string(text) + ");")
		}
		_, _ = w.Write(text)
	}
}

func answer(q func(string) string, wrong string) (int, string, any) {
	action := q("action")
	if action == "getonline" || action == "" && q("publicKey") != "" && wrong != "an action is needed" {
		if q("publicKey") != public && (q("publicKey") != "" || wrong != "no publicKey is needed") && wrong != "any publicKey is good" {
			return 300, "Invalid publicKey", nil
		}
		return 200, "OK", 3
	}
	key := q("apiKey")
	good := key == secret || wrong == "any apiKey is good" || wrong == "no apiKey is needed" && key == "" || wrong == "publicKey is an apiKey" && (key == public || q("publicKey") == public)
	switch {
	case !good:
		return 300, "Invalid apiKey", nil
	case action != "login" && action != "logout":
		return 301, "Malformed request", nil
	case q("user") == "" && wrong != "no user is needed":
		return 400, "Missing parameter: user", nil
	case action == "login" && q("nick") == "" && wrong != "no nick is needed":
		return 400, "Missing parameter: nick", nil
	case action == "login" && q("avatar") == "" && wrong == "an avatar is needed":
		return 400, "Missing parameter: avatar", nil
	case q("user") != visitor && wrong != "any user is good":
		return 401, "Invalid parameter: user", nil
	case len(q("nick")) > 100 && wrong != "any nick is good":
		return 401, "Invalid parameter: nick", nil
	case q("avatar") != "" && !strings.HasPrefix(q("avatar"), "http") && wrong != "any avatar is good":
		return 401, "Invalid parameter: avatar", nil
	}
	return 200, "OK", nil
}

const anywhere = `.`

// mutants gives the ways in which a site is wrong.
func mutants() []prove.Mutant {
	calls := 0
	list := []prove.Mutant{
		prove.Body("codes are strings", anywhere, `"code":(\d+)`, `"code":"$1"`),
		prove.Body("there is no txt", anywhere, `"txt":"[^"]*"`, `"txt":""`),
		prove.Body("done is called done", anywhere, `"txt":"OK"`, `"txt":"done"`),
		prove.Body("there is no data", anywhere, `,?"data":null,?`, ``),
		prove.Body("data of an error is a list", anywhere, `"data":null`, `"data":[]`),
		prove.Body("numbers are strings", anywhere, `"data":3`, `"data":"3"`),
		prove.Body("nobody is online", anywhere, `"data":3`, `"data":0`),
		prove.Body("fewer than nobody is online", anywhere, `"data":3`, `"data":-1`),
		prove.Header("the type is HTML", anywhere, "Content-Type", "text/html"),
		prove.Header("scripts are JSON", anywhere, "Content-Type", "application/json"),
		prove.Header("answers are kept", anywhere, "Cache-Control", "public"),
		prove.Body("callbacks are not called", anywhere, `^/\*\*/\w+\((.*)\);$`, `$1`),
		prove.Body("callbacks of errors are not called", anywhere, `^/\*\*/\w+\((.*Invalid.*)\);$`, `$1`),
		prove.Body("a bad key is told otherwise", anywhere, `Invalid apiKey`, `Wrong apiKey`),
		prove.Body("a bad key has another code", anywhere, `"code":300`, `"code":401`),
		prove.Body("malformed has another code", anywhere, `"code":301`, `"code":400`),
		prove.Body("missing has another code", anywhere, `"code":400`, `"code":401`),
		prove.Body("missing is told otherwise", anywhere, `Missing parameter: `, `Missing `),
		prove.Body("a user that is not known is done", anywhere, `"code":401`, `"code":200`),
		prove.Body("secrets are told", `sonnet`, `Malformed request`, secret),
		prove.Ask("logging in does not work", `action=login`, `user=`+visitor, `user=x`),
		prove.Ask("logging out does not work", `action=logout`, `user=`+visitor, `user=x`),
		{Name: "what jQuery adds is malformed", Before: func(r *http.Request) bool {
			if r.URL.Query().Has("_") {
				r.URL.RawQuery = strings.ReplaceAll(r.URL.RawQuery, public, "x")
			}
			return true
		}},
		{Name: "errors have a status", After: func(_ *http.Request, rec *httptest.ResponseRecorder, body []byte) []byte {
			if !strings.Contains(string(body), `"code":200`) {
				rec.Code = http.StatusBadRequest
			}
			return body
		}},
		{Name: "a second time is refused", After: func(r *http.Request, _ *httptest.ResponseRecorder, body []byte) []byte {
			if r.URL.Query().Get("user") == visitor && strings.Contains(string(body), `"code":200`) {
				if calls++; calls > 1 {
					return []byte(`{"code":401,"txt":"again","data":null}`)
				}
			}
			return body
		}},
	}
	for _, name := range []string{
		"an action is needed", "no publicKey is needed", "any publicKey is good", "any apiKey is good", "no apiKey is needed", "publicKey is an apiKey", "no user is needed",
		"no nick is needed", "an avatar is needed", "any user is good", "any nick is good", "any avatar is good", "any callback is called",
	} {
		list = append(list, prove.Mutant{Name: name})
	}
	return list
}

// TestProof: a good site passes every check, and each check notices one that is wrong.
func TestProof(t *testing.T) {
	prove.Checks(t, func(mutant string) (run.Config, []run.Check, func()) {
		server := prove.Serve(mutants(), mutant, fake(mutant))
		s := &Site{URL: server.URL, PublicKey: public, APIKey: secret, Session: visitor}
		return run.Config{Target: &run.Target{Patience: prove.Patience}, Offers: run.Offering(Session)}, Checks(s), server.Close
	}, prove.Names(mutants()))
}
