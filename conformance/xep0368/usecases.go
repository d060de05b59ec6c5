// Package xep0368 checks direct TLS.
package xep0368

import (
	"causeway/conformance/oracle"
	"causeway/conformance/run"
)

// Checks gives the checks of XEP-0368.
func Checks() []run.Check {
	needs := []string{"direct-tls"}
	dial := func(t *run.T, protocols ...string) *oracle.Stream {
		conf := t.Target.TLS()
		conf.NextProtos = protocols
		s, err := oracle.Dial(t.Context, t.Target.Direct, conf, t.Patience, nil)
		if err != nil {
			t.Failf("direct TLS: %v", err)
		}
		return s
	}
	return []run.Check{
		{ID: "0368/usecases/features", Level: run.Must, Text: "a connection that begins with TLS is a stream with SASL, and without STARTTLS", Needs: needs, Run: func(t *run.T) {
			s := dial(t)
			defer s.Close()
			if err := s.Open(t.Domain()); err != nil {
				t.Failf("%v", err)
			}
			t.True(len(s.Mechanisms()) > 0 && s.Features.Child(oracle.NSTLS, "starttls") == nil, "came %.300s", s.Features.Raw)
		}},
		{ID: "0368/usecases/login", Level: run.Must, Text: "somebody logs in over it", Needs: needs, Run: func(t *run.T) {
			a := t.Account("romeo")
			s := dial(t)
			defer s.Close()
			if err := s.Open(t.Domain()); err != nil {
				t.Failf("%v", err)
			}
			if err := s.Authenticate(a.User, a.Password); err != nil {
				t.Failf("%v", err)
			}
		}},
		{ID: "0368/impl/alpn", Level: run.Should, Text: "the protocol xmpp-client is agreed on when the client offers it", Needs: needs, Run: func(t *run.T) {
			s := dial(t, "xmpp-client")
			defer s.Close()
			got := s.TLS().NegotiatedProtocol
			t.True(got == "xmpp-client", "the protocol is %q", got)
		}},
	}
}
