package rfc6120

import (
	"slices"
	"strings"

	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

// sasl is RFC 6120 §6.3, §6.4 and §13.8: what is offered, and logins that succeed.
func sasl() []run.Check {
	return []run.Check{
		{ID: "6120/6.3.3/mechanisms", Level: run.Must, Text: "the features hold at least one mechanism", Run: func(t *run.T) {
			t.True(len(t.Secured().Mechanisms()) > 0, "no mechanism is offered")
		}},
		{ID: "6120/6.4.1/names", Level: run.Must, Text: "names of mechanisms are of at most 20 capital letters, digits, hyphens and underscores", Run: func(t *run.T) {
			names := t.Secured().Mechanisms()
			t.True(len(names) > 0, "no mechanism is offered")
			for _, m := range names {
				t.True(m != "" && len(m) <= 20 && strings.Trim(m, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == "", "%q is no name of a mechanism", m)
			}
		}},
		{ID: "6120/13.8.1/scram-sha-1", Level: run.Must, Text: "SCRAM-SHA-1 is offered inside TLS", Run: func(t *run.T) {
			t.True(slices.Contains(t.Secured().Mechanisms(), "SCRAM-SHA-1"), "it is not among the mechanisms")
		}},
		{ID: "6120/13.8.1/scram-sha-1-plus", Level: run.Should, Text: "SCRAM-SHA-1-PLUS is offered inside TLS", Needs: []string{"tls"}, Run: func(t *run.T) {
			t.True(slices.Contains(t.Secured().Mechanisms(), "SCRAM-SHA-1-PLUS"), "it is not among the mechanisms")
		}},
		{ID: "6120/6.4.6/scram-sha-1", Level: run.Must, Text: "SCRAM-SHA-1 succeeds, and the server shows that it knows the password", Needs: []string{"mechanism:SCRAM-SHA-1"}, Run: login("SCRAM-SHA-1")},
		{ID: "6120/6.4.6/scram-sha-256", Level: run.Should, Text: "SCRAM-SHA-256 succeeds in the same way", Needs: []string{"mechanism:SCRAM-SHA-256"}, Run: login("SCRAM-SHA-256")},
		{ID: "6120/6.4.6/plain", Level: run.Must, Text: "PLAIN succeeds inside TLS if it is offered", Needs: []string{"mechanism:PLAIN", "tls"}, Run: func(t *run.T) {
			a, r := t.Account("romeo"), t.Secured()
			if err := r.Plain(a.User, a.Password); err != nil {
				t.Failf("%v", err)
			}
		}},
		{ID: "6120/6.4.2/empty-initial", Level: run.Must, Text: "PLAIN without an initial response is asked for it with an empty challenge", Needs: []string{"mechanism:PLAIN", "tls"}, Run: func(t *run.T) {
			r := t.Secured()
			r.Sendf("<auth xmlns='%s' mechanism='PLAIN'/>", oracle.NSSASL)
			e := r.Read("a challenge")
			t.True(e.Name.Local == "challenge" && strings.Trim(strings.TrimSpace(e.Text), "=") == "", "came %.300s", e.Raw)
		}},
		{ID: "6120/6.4.6/features-after", Level: run.Must, Text: "after SASL no mechanisms are offered", Run: func(t *run.T) {
			r := t.Authenticated("romeo")
			t.True(len(r.Features.Children) > 0 && r.Mechanisms() == nil, "came %.300s", r.Features.Raw)
		}},
		{ID: "6120/6.4.6/no-second-login", Level: run.Must, Text: "nobody logs in twice on one stream", Run: func(t *run.T) {
			r := t.Authenticated("romeo")
			r.Sendf("%s", oracle.Auth("PLAIN", "\x00a\x00b"))
			e := r.Read("a refusal")
			t.True(e.Name.Local == "failure" || e.Name.Local == "error", "came %.300s", e.Raw)
		}},
		{ID: "6120/6.3.8/authzid-same", Level: run.Must, Text: "an authorization identity that is one's own bare address is accepted", Needs: []string{"mechanism:PLAIN", "tls"}, Run: func(t *run.T) {
			a, r := t.Account("romeo"), t.Secured()
			r.Sendf("%s", oracle.Auth("PLAIN", t.Bare("romeo")+"\x00"+a.User+"\x00"+a.Password))
			r.Want("<success xmlns='" + oracle.NSSASL + "'/>")
		}},
		{ID: "6120/6.4.5/retry", Level: run.Should, Text: "after a failure there are two to five further tries on the same stream", Run: func(t *run.T) {
			a, r := t.Account("romeo"), t.Secured()
			for range 2 {
				r.Sendf("%s", oracle.Auth("NO-SUCH-THING", "a"))
				r.Want("<failure xmlns='" + oracle.NSSASL + "'/>")
			}
			if err := r.Authenticate(a.User, a.Password); err != nil {
				t.Failf("a third try: %v", err)
			}
		}},
	}
}

func login(mechanism string) func(*run.T) {
	return func(t *run.T) {
		a, r := t.Account("romeo"), t.Secured()
		if err := r.Scram(mechanism, a.User, a.Password); err != nil {
			t.Failf("%v", err)
		}
		h := r.HeaderOf(oracle.Header(t.Domain()))
		t.True(h.Attr("id") != "", "no new stream after %s", mechanism)
	}
}

// failures is RFC 6120 §6.5: logins that fail.
func failures() []run.Check {
	refuses := func(text string, conditions ...string) func(*run.T) {
		return func(t *run.T) {
			r := t.Secured()
			r.Sendf("%s", t.Fill(text))
			wantFailure(t, r, conditions...)
		}
	}
	plain := []string{"mechanism:PLAIN", "tls"}
	scram := []string{"mechanism:SCRAM-SHA-1"}
	return []run.Check{
		{ID: "6120/6.5.1/aborted", Level: run.Must, Text: "<abort/> is answered with the failure aborted", Needs: scram, Run: func(t *run.T) {
			r := t.Secured()
			r.Sendf("%s", oracle.Auth("SCRAM-SHA-1", "n,,n="+t.Account("romeo").User+",r=abcdefghijklmnop"))
			r.Want("<challenge xmlns='" + oracle.NSSASL + "'/>")
			r.Sendf("<abort xmlns='%s'/>", oracle.NSSASL)
			wantFailure(t, r, "aborted")
		}},
		{ID: "6120/6.5.5/incorrect-encoding", Level: run.Must, Text: "what is no base64 fails with incorrect-encoding", Needs: scram, Run: refuses("<auth xmlns='"+oracle.NSSASL+"' mechanism='SCRAM-SHA-1'>!!!!</auth>", "incorrect-encoding", "malformed-request")},
		{ID: "6120/6.5.5/incorrect-encoding-response", Level: run.Must, Text: "so does a response that is no base64", Needs: scram, Run: func(t *run.T) {
			r := t.Secured()
			r.Sendf("%s", oracle.Auth("SCRAM-SHA-1", "n,,n="+t.Account("romeo").User+",r=abcdefghijklmnop"))
			r.Want("<challenge xmlns='" + oracle.NSSASL + "'/>")
			r.Sendf("<response xmlns='%s'>!!!!</response>", oracle.NSSASL)
			wantFailure(t, r, "incorrect-encoding", "malformed-request")
		}},
		{ID: "6120/6.5.6/invalid-authzid", Level: run.Must, Text: "nobody acts for somebody else: a foreign authorization identity fails", Needs: plain, Run: func(t *run.T) {
			a, r := t.Account("romeo"), t.Secured()
			r.Sendf("%s", oracle.Auth("PLAIN", t.Bare("juliet")+"\x00"+a.User+"\x00"+a.Password))
			wantFailure(t, r, "invalid-authzid", "not-authorized")
		}},
		{ID: "6120/6.5.7/invalid-mechanism", Level: run.Must, Text: "a mechanism that is not offered fails with invalid-mechanism", Run: refuses(oracle.Auth("NO-SUCH-THING", "a"), "invalid-mechanism")},
		{ID: "6120/6.5.7/no-mechanism", Level: run.Must, Text: "<auth/> without a mechanism fails", Run: refuses("<auth xmlns='"+oracle.NSSASL+"'>=</auth>", "invalid-mechanism", "malformed-request")},
		{ID: "6120/6.5.8/malformed-request", Level: run.Must, Text: "PLAIN without its zero bytes fails with malformed-request", Needs: plain, Run: refuses(oracle.Auth("PLAIN", "romeo"), "malformed-request", "not-authorized")},
		{ID: "6120/6.5.8/malformed-scram", Level: run.Must, Text: "a first message of SCRAM that is none fails", Needs: scram, Run: refuses(oracle.Auth("SCRAM-SHA-1", "wherefore art thou"), "malformed-request", "not-authorized")},
		{ID: "6120/6.5.10/wrong-password", Level: run.Must, Text: "a wrong password fails with not-authorized", Run: func(t *run.T) {
			r := t.Secured()
			err := r.Authenticate(t.Account("romeo").User, "not the password")
			t.True(err != nil && strings.Contains(err.Error(), "not-authorized"), "came %v", err)
		}},
		{ID: "6120/6.5.10/wrong-password-plain", Level: run.Must, Text: "so it does in PLAIN", Needs: plain, Run: func(t *run.T) {
			r := t.Secured()
			r.Sendf("%s", oracle.Auth("PLAIN", "\x00"+t.Account("romeo").User+"\x00wrong"))
			wantFailure(t, r, "not-authorized")
		}},
		{ID: "6120/6.5.10/unknown-user", Level: run.Must, Text: "somebody unknown fails as a wrong password does, so that nobody learns who has an account", Needs: scram, Run: func(t *run.T) {
			r := t.Secured()
			err := r.Authenticate(t.Word(), "not the password")
			t.True(err != nil && strings.Contains(err.Error(), "not-authorized"), "came %v", err)
		}},
		{ID: "6120/6.5/defined", Level: run.Must, Text: "the condition of a failure is one of those that are defined", Run: func(t *run.T) {
			r := t.Secured()
			r.Sendf("%s", oracle.Auth("NO-SUCH-THING", "a"))
			wantFailure(t, r, "aborted", "account-disabled", "credentials-expired", "encryption-required", "incorrect-encoding", "invalid-authzid",
				"invalid-mechanism", "malformed-request", "mechanism-too-weak", "not-authorized", "temporary-auth-failure")
		}},
		{ID: "6120/6.4.4/response-unasked", Level: run.Must, Text: "a response that no challenge has asked for is refused", Run: func(t *run.T) {
			r := t.Secured()
			r.Sendf("<response xmlns='%s'>=</response>", oracle.NSSASL)
			e := r.Read("a refusal")
			t.True(e.Name.Local == "failure" || e.Name.Local == "error", "came %.300s", e.Raw)
		}},
	}
}

// wantFailure wants a SASL failure with one of the conditions.
func wantFailure(t *run.T, r *run.Raw, conditions ...string) {
	e := r.Want("<failure xmlns='" + oracle.NSSASL + "'/>")
	t.True(slices.Contains(conditions, e.Condition()), "wanted %s, came %.300s", strings.Join(conditions, " or "), e.Raw)
}
