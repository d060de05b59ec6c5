package sessions

import (
	"strconv"
	"testing"

	"causeway/conformance/wire"
)

// A client that does not acknowledge is cut when too much waits for it. It resumes,
// gets all of it in order, and is reached again by every address (XEP-0198
// #resumption, RFC 6120 §10.1).
func TestOverflowAndResume(t *testing.T) {
	t.Parallel()
	s := newServer(t, "c2s.stanza_bytes = 10000", "c2s.queue_bytes = 30000")
	defer s.Stop(t)
	romeo := arrive(t, s, "romeo", "orchard", false)
	for _, to := range []string{"juliet@" + domain, "juliet@" + domain + "/balcony"} {
		t.Run(to, func(t *testing.T) {
			juliet := arrive(t, s, "juliet", "balcony", true)
			juliet.acknowledge()
			const number = 20
			romeo.say(to, 0, number, 5000)
			romeo.ping()
			got := 0
			for {
				e, err := juliet.next()
				if err != nil {
					if !wire.Gone(err) {
						t.Fatalf("a stream that is full is cut: %v", err)
					}
					break
				}
				if err := wire.Match("<message id='m"+strconv.Itoa(got)+"'/>", e); err != nil {
					t.Fatal(err)
				}
				got++
			}
			if got == number {
				t.Fatal("nothing was too much")
			}
			juliet.resume()
			juliet.hear("the rest", got, number-got)

			romeo.say("juliet@"+domain, 100, 1, 10)
			juliet.hear("a message to the account", 100, 1)
			romeo.say(juliet.full(), 101, 1, 10)
			juliet.hear("a message to the resource", 101, 1)
			romeo.MustSend(t, "<iq type='get' id='q1' to='"+juliet.full()+"'><ping xmlns='urn:xmpp:ping'/></iq>")
			juliet.want("a request to the resource", "<iq type='get' id='q1'/>")
			juliet.MustSend(t, "<iq type='result' id='q1' to='"+romeo.full()+"'/>")
			romeo.want("the answer", "<iq type='result' id='q1' from='"+juliet.full()+"'/>")
			juliet.acknowledge()
			juliet.ping()
			juliet.acknowledge()
			juliet.leave()

			again := arrive(t, s, "juliet", "balcony", false)
			again.ping() // which is all: each came once
			again.Close()
		})
	}
}
