package c2s

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
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
