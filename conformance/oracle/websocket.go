package oracle

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"time"

	"golang.org/x/net/websocket"
)

// A socket is a transport of RFC 7395: one message is one element.
type socket struct {
	ws *websocket.Conn
}

// DialWebSocket opens a WebSocket with the subprotocol xmpp (RFC 7395 §3.1).
func DialWebSocket(ctx context.Context, address string, conf *tls.Config, patience time.Duration, log *Log) (*Stream, error) {
	at, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	origin := &url.URL{Scheme: "https", Host: at.Host}
	if at.Scheme == "ws" {
		origin.Scheme = "http"
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ws, err := (&websocket.Config{
		Location: at, Origin: origin, Version: websocket.ProtocolVersionHybi13,
		Protocol: []string{"xmpp"}, TlsConfig: conf,
	}).DialContext(ctx)
	if err != nil {
		return nil, err
	}
	ws.MaxPayloadBytes = maxElement
	return &Stream{Patience: patience, Log: log, t: &socket{ws}}, nil
}

func (s *socket) next() (*Element, string, error) {
	var text string
	if err := websocket.Message.Receive(s.ws, &text); err != nil {
		return nil, "", err
	}
	e, err := ParseAlone(text)
	if err != nil {
		return nil, text, err
	}
	if e.Name.Space == NSFraming && e.Name.Local == "close" {
		return nil, text, ErrClosed
	}
	return e, text, nil
}

func (s *socket) send(text string, limit time.Duration) error {
	if err := s.ws.SetWriteDeadline(time.Now().Add(limit)); err != nil {
		return err
	}
	return websocket.Message.Send(s.ws, text)
}

func (s *socket) restart() {}

func (s *socket) close() { _ = s.ws.Close() }

// open gives the element that opens a stream (RFC 7395 §3.4).
func (s *socket) open(domain string) string {
	return "<open xmlns='" + NSFraming + "' to='" + Escape(domain) + "' version='1.0' xml:lang='en'/>"
}

// SendBinary sends a message that is no text.
func (s *Stream) SendBinary(data []byte) error {
	sock, ok := s.t.(*socket)
	if !ok {
		return errors.New("no WebSocket")
	}
	s.Log.Out(s.Name, fmt.Sprintf("(binary) %q", data))
	return websocket.Message.Send(sock.ws, data)
}
