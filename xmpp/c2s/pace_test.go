package c2s

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/xmpptest"
)

// RFC 6120 §13.12: a client that sends more than it may is read more slowly, and
// nothing is lost. Another client is not held up.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, func(c *Config) { c.Limits.Rate = 20_000 })
		romeo, _ := s.login("romeo", "orchard")
		juliet, _ := s.login("juliet", "balcony")
		begin := time.Now()
		body := strings.Repeat("x", 1000)
		for i := range 200 { // ten seconds' worth
			romeo.Send(fmt.Sprintf("<message to='juliet@capulet.lit/balcony' id='%d'><body>%s</body></message>", i, body))
		}
		for i := range 200 {
			juliet.Want("every message, in order", fmt.Sprintf("<message id='%d'/>", i))
		}
		if took := time.Since(begin); took < 5*time.Second || took > 15*time.Second {
			t.Errorf("200 kB at 20 kB a second took %v", took)
		}
	})
}

// While the disk is behind, who sends much waits, and nobody else unless it is far behind.
// What was sent meanwhile comes then, in order.
func TestHeed(t *testing.T) {
	for _, all := range []bool{false, true} {
		t.Run(fmt.Sprintf("all %v", all), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var behind atomic.Pointer[chan struct{}]
				s := newStage(t, func(c *Config) {
					c.Behind = func() (bool, <-chan struct{}) {
						if relief := behind.Load(); relief != nil {
							return all, *relief
						}
						return false, nil
					}
				})
				romeo, _ := s.login("romeo", "orchard")
				nurse, _ := s.login("nurse", "kitchen")
				juliet, _ := s.login("juliet", "balcony")
				send := func(who *xmpptest.Puppet, id, body string) {
					go who.Send("<message to='juliet@capulet.lit/balcony' id='" + id + "'><body>" + body + "</body></message>") // ends when it is read
					synctest.Wait()
				}
				relief := make(chan struct{})
				send(romeo, "much", strings.Repeat("x", modest))
				juliet.Want("what was sent when all was well", "<message id='much'/>")
				behind.Store(&relief)
				for _, id := range []string{"1", "2"} { // what somebody is waiting for is read, what comes behind it is not
					send(romeo, id, "")
					send(nurse, "n"+id, "")
				}
				juliet.Want("the first that he sent", "<message id='1'/>")
				juliet.Want("the first that she sent", "<message id='n1'/>")
				if !all {
					juliet.Want("somebody modest", "<message id='n2'/>")
				}
				juliet.WantIdle("the others wait")
				behind.Store(nil)
				close(relief)
				synctest.Wait()
				if all {
					juliet.Skip = func(xml string) bool { return strings.Contains(xml, "'n2'") }
				}
				juliet.Want("when there is room", "<message id='2'/>")
			})
		})
	}
}
