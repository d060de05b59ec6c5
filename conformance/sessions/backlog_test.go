package sessions

import (
	"fmt"
	"testing"

	"causeway/conformance/wire"
)

// More waits for somebody than is on its way to her at once. She goes away in the
// middle of it and comes back: all of it comes in order, once, and nothing while she
// is away (XEP-0160 #flow, RFC 6121 §8.5.2.1.1).
func TestUnavailableInBacklog(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	defer s.Stop(t)
	romeo := arrive(t, s, "romeo", "orchard", false)
	const number = 40
	romeo.say("juliet@"+domain, 0, number, 30_000)
	romeo.ping()

	juliet := arrive(t, s, "juliet", "balcony", true)
	juliet.want("the first that waited", "<message id='m0'/>")
	juliet.MustSend(t, "<presence type='unavailable'/>")
	got := 1
	for ; ; got++ {
		e, err := juliet.next()
		if err != nil {
			t.Fatal(err)
		}
		if e.Is("presence") {
			break
		}
		if err := wire.Match(fmt.Sprintf("<message id='m%d'/>", got), e); err != nil {
			t.Fatal(err)
		}
	}
	if got > number/2 {
		t.Fatalf("%d of %d were on their way at once", got, number)
	}
	romeo.say("juliet@"+domain, number, 1, 10)
	romeo.ping()
	for range 3 {
		juliet.acknowledge()
		juliet.ping() // nothing comes before the answer
	}
	juliet.appear()
	romeo.say("juliet@"+domain, number+1, 1, 10)
	juliet.hear("the rest", got, number-got+2)
	juliet.ping()
}

// A resource that is still being given what waited for the account is not one that
// takes messages: what another one has got meanwhile and does not acknowledge is
// not lost (XEP-0198 #acking).
func TestUnacknowledgedWhileCatchingUp(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	defer s.Stop(t)
	romeo := arrive(t, s, "romeo", "orchard", false)
	const number = 40
	romeo.say("juliet@"+domain, 0, number, 30_000)
	romeo.ping()

	tablet := arrive(t, s, "juliet", "tablet", true)
	tablet.want("the first that waited", "<message id='m0'/>")
	phone := login(t, s, "juliet", "phone", true)
	romeo.say(phone.full(), number, 1, 10) // not available, so the only way to it
	phone.want("a message to that resource", fmt.Sprintf("<message id='m%d'/>", number))
	romeo.say("juliet@"+domain, number+1, 1, 10)
	romeo.ping()
	phone.leave()
	tablet.acknowledge()
	tablet.hear("the rest", 1, number-1)
	seen := make(map[string]int)
	for range 2 {
		e := tablet.want("what came later", "<message id='*'/>")
		tablet.acknowledge()
		seen[e.Attr("id")]++
	}
	if seen[fmt.Sprintf("m%d", number)] != 1 || seen[fmt.Sprintf("m%d", number+1)] != 1 {
		t.Errorf("came at last: %v", seen)
	}
	tablet.ping()
}
