package rfc6120

import (
	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

// startTLS is RFC 6120 §5.
func startTLS() []run.Check {
	tls := []string{"tls"}
	return []run.Check{
		{ID: "6120/5.3.1/required", Level: run.Should, Text: "a server that wants TLS says so inside the feature: <required/> is there, or SASL is offered beside it", Needs: tls, Run: func(t *run.T) {
			f := t.Opened().Features
			s := f.Child(oracle.NSTLS, "starttls")
			t.True(s != nil, "no STARTTLS in the features")
			t.True(s.Child(oracle.NSTLS, "required") != nil || f.Child(oracle.NSSASL, "mechanisms") != nil, "neither <required/> nor mechanisms: %.300s", f.Raw)
		}},
		{ID: "6120/5.3.3/no-other-features", Level: run.Should, Text: "while TLS is required nothing else that is required is offered", Needs: tls, Run: func(t *run.T) {
			f := t.Opened().Features
			s := f.Child(oracle.NSTLS, "starttls")
			t.True(s != nil, "no STARTTLS in the features")
			if s.Child(oracle.NSTLS, "required") != nil {
				t.True(f.Child(oracle.NSSASL, "mechanisms") == nil && f.Child(oracle.NSBind, "bind") == nil, "came %.300s", f.Raw)
			}
		}},
		{ID: "6120/5.4.2.3/proceed", Level: run.Must, Text: "<starttls/> is answered with <proceed/> in the namespace of STARTTLS", Needs: tls, Run: func(t *run.T) {
			r := t.Opened()
			r.Sendf("<starttls xmlns='%s'/>", oracle.NSTLS)
			r.Want("<proceed xmlns='" + oracle.NSTLS + "'/>")
		}},
		{ID: "6120/5.4.2.3/handshake", Level: run.Must, Text: "TLS begins right after <proceed/>", Needs: tls, Run: func(t *run.T) {
			r := t.Opened()
			if err := r.StartTLS(t.Context, t.Target.TLS()); err != nil {
				t.Failf("STARTTLS: %v", err)
			}
			r.HeaderOf(oracle.Header(t.Domain()))
		}},
		{ID: "6120/5.4.3.3/not-again", Level: run.Must, Text: "STARTTLS is not offered inside TLS", Needs: tls, Run: func(t *run.T) {
			f := t.Secured().Features
			t.True(f.Child(oracle.NSTLS, "starttls") == nil, "came %.300s", f.Raw)
		}},
		{ID: "6120/5.4.3.3/sasl-follows", Level: run.Must, Text: "SASL is offered inside TLS", Needs: tls, Run: func(t *run.T) {
			r := t.Secured()
			t.True(len(r.Mechanisms()) > 0, "no mechanisms: %.300s", r.Features.Raw)
		}},
		{ID: "6120/5.4.2.2/refused-again", Level: run.Must, Text: "<starttls/> inside TLS is a failure or ends the stream", Needs: tls, Run: func(t *run.T) {
			r := t.Secured()
			r.Sendf("<starttls xmlns='%s'/>", oracle.NSTLS)
			e := r.Read("a failure")
			t.True(e.Name.Local == "failure" || e.Name.Local == "error", "came %.300s", e.Raw)
			r.WantEnd()
		}},
		{ID: "6120/5.2/no-injection", Level: run.Must, Text: "what a stranger has put into the same packet behind <starttls/> is not obeyed inside TLS", Needs: tls, Run: func(t *run.T) {
			r := t.Opened()
			r.Sendf("<starttls xmlns='%s'/>%s", oracle.NSTLS, oracle.Header(t.Domain()))
			e, err := r.Next(t.Patience)
			if err != nil {
				return // ended at once: nothing was obeyed
			}
			t.True(e.Name.Local == "proceed" || e.Name.Local == "error" || e.Name.Local == "failure", "came %.300s", e.Raw)
			if e.Name.Local != "proceed" || r.Secure(t.Context, t.Target.TLS()) != nil {
				return
			}
			r.Restart()
			// A server that has obeyed sends a header that nobody has asked for inside TLS.
			if e, err := r.Next(t.Patience / 8); err == nil {
				t.True(e.Name.Local == "error", "inside TLS, unasked: %.300s", e.Raw)
			}
		}},
		{ID: "6120/13.8.1/sasl-in-the-clear", Level: run.Must, Text: "PLAIN is not offered without TLS", Needs: tls, Run: func(t *run.T) {
			r := t.Opened()
			t.True(r.Features.Child(oracle.NSTLS, "starttls") != nil, "no STARTTLS in the features")
			for _, m := range r.Mechanisms() {
				t.True(m != "PLAIN", "PLAIN is offered in the clear")
			}
		}},
	}
}
