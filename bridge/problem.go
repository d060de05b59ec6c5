package bridge

import (
	"context"
	"errors"
	"net/http"
	"time"

	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// A Problem is a fault that the other side is told of: what each bridge says in words of
// its own. It carries no inner detail of the server.
type Problem struct {
	Status int           // of HTTP
	Text   string        // for people, English; "" is that of the status
	Wait   time.Duration // when to try again; 0 if not said
}

func (p *Problem) Error() string {
	if p.Text == "" {
		return http.StatusText(p.Status)
	}
	return p.Text
}

// Wrong makes a Problem.
func Wrong(status int, text string) *Problem { return &Problem{Status: status, Text: text} }

// ProblemOf is the one place where faults of the server become those of HTTP. What is not
// meant for the other side is a plain 500; known is false then, and err should be logged.
func ProblemOf(err error) (p *Problem, known bool) {
	var (
		problem *Problem
		told    *stanza.Error
		end     *stream.Error
	)
	switch {
	case errors.As(err, &problem):
		return problem, true
	case errors.As(err, &told):
		return &Problem{Status: statusOf(told.Condition), Text: told.Error()}, true
	case errors.As(err, &end) && end.Condition == stream.SystemShutdown:
		return Wrong(http.StatusServiceUnavailable, "the host is stopped"), true
	case errors.Is(err, ErrEnded):
		return Wrong(http.StatusGone, "the session has ended"), true
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return Wrong(http.StatusServiceUnavailable, "it took too long"), true
	default:
		return Wrong(http.StatusInternalServerError, ""), false
	}
}

// statusOf is the status for a stanza error (RFC 6120 §8.3.3, RFC 9110 §15).
func statusOf(c stanza.Condition) int {
	switch c {
	case stanza.BadRequest, stanza.JIDMalformed, stanza.UnexpectedRequest:
		return http.StatusBadRequest
	case stanza.NotAuthorized:
		return http.StatusUnauthorized
	case stanza.Forbidden, stanza.NotAllowed, stanza.RegistrationRequired, stanza.SubscriptionRequired:
		return http.StatusForbidden
	case stanza.ItemNotFound, stanza.RecipientUnavailable:
		return http.StatusNotFound
	case stanza.Conflict:
		return http.StatusConflict
	case stanza.Gone, stanza.Redirect:
		return http.StatusGone
	case stanza.NotAcceptable, stanza.PolicyViolation:
		return http.StatusUnprocessableEntity
	case stanza.ResourceConstraint:
		return http.StatusTooManyRequests
	case stanza.FeatureNotImplemented:
		return http.StatusNotImplemented
	case stanza.RemoteServerNotFound:
		return http.StatusBadGateway
	case stanza.RemoteServerTimeout:
		return http.StatusGatewayTimeout
	case stanza.ServiceUnavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}
