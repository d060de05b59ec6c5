package c2s

import (
	"testing"
	"testing/synctest"

	"causeway/xmpp/jid"
)

func TestAbout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		p, conn := s.login("juliet", "balcony")
		synctest.Wait()
		c, ok := s.router.sessions[jid.MustParse("juliet@capulet.lit/balcony")].exit.(*client)
		if !ok {
			t.Fatal("not a client")
		}
		if addr, version, state := c.About(); addr != "127.0.0.1" || version != "" || state != "connected" {
			t.Errorf("%q %q %q", addr, version, state)
		}
		p.Send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
		p.Want("it to be enabled", "<enabled xmlns='urn:xmpp:sm:3' resume='true'/>")
		if _, _, state := c.About(); state != "resumable" {
			t.Errorf("%q", state)
		}
		_ = conn.Close()
		synctest.Wait()
		if addr, _, state := c.About(); addr != "" || state != "cut" {
			t.Errorf("%q %q", addr, state)
		}
	})
}
