package xmpptest

import (
	"context"
	"errors"
	"testing"

	"causeway/xmpp/stanza"
)

// A Handler answers requests; router.Handler is one.
type Handler interface {
	HandleIQ(ctx context.Context, iq *stanza.Stanza) (payload []byte, err error)
}

// Answer hands a request to a service and gives its answer as the router would
// send it. Texts of errors are left out: they are for people, not for tests.
func Answer(t *testing.T, s Handler, request string) string {
	t.Helper()
	iq, err := stanza.Parse([]byte(request))
	if err != nil {
		t.Fatalf("bad request in the test: %v", err)
	}
	payload, err := s.HandleIQ(t.Context(), iq)
	var told *stanza.Error
	switch {
	case errors.As(err, &told):
		told.Text = ""
		return string(iq.ErrorReply(told).AppendTo(nil))
	case err != nil:
		return "fault: " + err.Error()
	default:
		return string(iq.Result(payload).AppendTo(nil))
	}
}
