package oauth

import (
	"testing"

	"causeway/conformance/prove"
	"causeway/conformance/run"
)

// mutants gives the ways in which a site is wrong: in what passes, and in what the fake
// does by a switch of that name.
func mutants() []prove.Mutant {
	list := []prove.Mutant{
		prove.Ask("nobody comes back", `/oauth`, `consent=[^&]*`, ``),
		prove.Header("nobody is redirected", `/oauth`, "Location", ""),
		prove.Header("the key is called code", `/oauth`, "Location", fakeRedirect+"&code=xxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
		prove.Header("pages are text", `/oauth`, "Content-Type", "text/plain"),
		prove.Header("pages are kept", `/oauth`, "Cache-Control", "public"),
		prove.Header("pages can be framed", `/oauth`, "Content-Security-Policy", ""),
		prove.Header("the Referer tells", `/oauth`, "Referrer-Policy", "unsafe-url"),
		prove.Ask("the state is lost", `/oauth`, `state=[^&]*`, `state=`),
		prove.Header("cookies can be read", `/oauth`, "Set-Cookie", "site=x; Path=/"),
		prove.Body("there is no token", `/authorize`, `access_token`, `token`),
		prove.Status("errors have a status", `/authorize|/get_user_info`, 200, 400),
		prove.Body("errors are words", `/authorize`, `"error":true`, `"error":"invalid_grant"`),
		prove.Body("errors of the token are words", `/get_user_info`, `"error":true`, `"error":"invalid_token"`),
		prove.Body("tokens have other characters", `/authorize`, `"access_token":"\w`, `"access_token":"+`),
		prove.Header("answers are HTML", `/authorize`, "Content-Type", "text/html"),
		prove.Header("tokens are kept", `/authorize`, "Cache-Control", "max-age=60"),
		prove.Header("people are kept", `/get_user_info`, "Cache-Control", "max-age=60"),
		prove.Header("any script reads tokens", `/authorize`, "Access-Control-Allow-Origin", "*"),
		prove.Body("a field is missing", `/get_user_info`, `"user_cover":"",`, ``),
		prove.Body("fields are numbers", `/get_user_info`, `"user_verified":"0"`, `"user_verified":0`),
		prove.Body("people have another name", `/get_user_info`, `"user_name":"`, `"user_name":"x`),
		prove.Body("people have a gender that there is not", `/get_user_info`, `"other"`, `"divers"`),
		prove.Body("people have a password", `/get_user_info`, `"user_website":""`, `"user_website":"romeo's password"`),
		prove.Body("user_info is a list", `/get_user_info`, `"user_info":(\{[^}]*\})`, `"user_info":[$1]`),
		prove.Status("unknown apps are a fault", `/oauth\?app_id=[a-z0-9]{20}`, 200, 500),
	}
	for _, name := range []string{
		"any app will do", "strangers are sent back", "any password is good", "any consent is good", "a person has one auth_key", "a blind question mark",
		"redirect_uri is followed", "no auth_key is any", "any auth_key is good", "any app_id is good", "any app_secret is good", "a replay does no harm",
		"auth_keys are good for ever", "everybody is romeo", "tokens are good once", "auth_keys are tokens", "any token is good", "no token is any",
	} {
		list = append(list, prove.Mutant{Name: name})
	}
	return list
}

// TestProof: a good site passes every check, and each check notices one that is wrong.
func TestProof(t *testing.T) {
	prove.Checks(t, func(mutant string) (run.Config, []run.Check, func()) {
		server := prove.Serve(mutants(), mutant, newFake(mutant))
		s := &Site{URL: server.URL, App: fakeApp, Secret: fakeSecret, Redirect: fakeRedirect, People: []Person{{"romeo", "romeo's password"}, {"juliet", "juliet's password"}}}
		return run.Config{Target: &run.Target{Patience: prove.Patience}, Offers: run.Offering(Second)}, Checks(s), server.Close
	}, prove.Names(mutants()))
}
