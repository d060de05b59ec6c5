package component

import (
	"strings"
	"testing"
	"testing/synctest"

	"causeway/xmpp/stanza"
)

// Whatever a component sends after its handshake, what is routed comes from its domain,
// and the domain is free again when it is gone.
func FuzzStream(f *testing.F) {
	for _, tt := range badStanzas {
		if len(tt.send) < 10_000 {
			f.Add(tt.send)
		}
	}
	f.Add("<message from='a@" + domain + "/b' to='juliet@capulet.lit'><body>a</body></message>\n<iq type='get' id='1' from='" + domain + "' to='capulet.lit'><query xmlns='urn:x'/></iq></stream:stream>")
	f.Add("<c:presence xmlns:c='jabber:component:accept' from='a@" + domain + "' to='b@" + domain + "' type='subscribe'><c:status/></c:presence>")
	f.Fuzz(func(t *testing.T, sent string) {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t, Limits{})
			s.router.before = func(st *stanza.Stanza) {
				if st.From.Domain() != domain || st.To.IsZero() {
					t.Errorf("routed: %v", st)
				}
			}
			p, conn := s.login()
			p.Skip = func(xml string) bool { return !strings.HasPrefix(xml, "</") }
			p.Send(sent)
			_ = conn.CloseWrite()
			synctest.Wait()
			_ = conn.Close()
			s.login()
		})
	})
}
