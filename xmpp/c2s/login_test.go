package c2s

import (
	"encoding/base64"
	"testing"
	"testing/synctest"
)

func plain(user, password string) string {
	return base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + password))
}

func TestLoginAndChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		romeo, _ := s.login("romeo", "orchard")
		juliet, _ := s.login("juliet", "balcony")
		romeo.Send("<message to='juliet@capulet.lit/balcony' type='chat' id='1'><body>hi &amp; ho</body></message>")
		juliet.Want("romeo's words", "<message from='romeo@capulet.lit/orchard' to='juliet@capulet.lit/balcony' type='chat' id='1'><body>hi &amp; ho</body></message>")
		juliet.Send("</stream:stream>")
		juliet.WantClosed("the stream to be closed")
		romeo.WantIdle("no news")
		if n := s.router.bound(); n != 1 {
			t.Errorf("%d sessions are bound, want 1", n)
		}
	})
}
