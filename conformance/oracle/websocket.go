package oracle

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
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

// Subprotocol offers the subprotocol xmpp, beside one that nobody knows, and gives the
// one that the server agrees on.
func Subprotocol(ctx context.Context, address string, conf *tls.Config, patience time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.Replace(address, "ws", "http", 1), http.NoBody)
	if err != nil {
		return "", err
	}
	for name, value := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
		"Sec-WebSocket-Protocol": "xmpp, sonnet", "Origin": "https://" + req.URL.Host,
	} {
		req.Header.Set(name, value)
	}
	transport := &http.Transport{TLSClientConfig: conf}
	defer transport.CloseIdleConnections()
	res, err := transport.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusSwitchingProtocols {
		return "", fmt.Errorf("status %d", res.StatusCode)
	}
	return res.Header.Get("Sec-WebSocket-Protocol"), nil
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
