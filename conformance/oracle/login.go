package oracle

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// Mechanisms gives the names of the SASL mechanisms in the last features.
func (s *Stream) Mechanisms() []string {
	if s.Features == nil {
		return nil
	}
	list := s.Features.Child(NSSASL, "mechanisms")
	if list == nil {
		return nil
	}
	var names []string
	for _, m := range list.Children {
		if m.Name.Local == "mechanism" && m.Name.Space == NSSASL {
			names = append(names, strings.TrimSpace(m.Text))
		}
	}
	return names
}

// Authenticate logs in with the best mechanism that both know; PLAIN only inside TLS
// or if there is nothing else to choose. The new stream is still to be opened.
func (s *Stream) Authenticate(user, password string) error {
	offered := s.Mechanisms()
	for _, name := range []string{"SCRAM-SHA-256", "SCRAM-SHA-1"} {
		if slices.Contains(offered, name) {
			return s.Scram(name, user, password)
		}
	}
	if slices.Contains(offered, "PLAIN") {
		return s.Plain(user, password)
	}
	return fmt.Errorf("no mechanism that the runner knows: %v", offered)
}

// Plain logs in with SASL PLAIN (RFC 4616).
func (s *Stream) Plain(user, password string) error {
	if err := s.Send(Auth("PLAIN", "\x00"+user+"\x00"+password)); err != nil {
		return err
	}
	_, err := s.Expect(NSSASL, "success")
	return err
}

// Auth gives the element that begins SASL with an initial response.
func Auth(mechanism, initial string) string {
	text := base64.StdEncoding.EncodeToString([]byte(initial))
	if initial == "" {
		text = "="
	}
	return "<auth xmlns='" + NSSASL + "' mechanism='" + mechanism + "'>" + text + "</auth>"
}

// Bind binds a resource, one that the server chooses if resource is "" (RFC 6120
// §7), and gives the full address. The session of RFC 3921 is begun if it is wanted.
func (s *Stream) Bind(resource string) (string, error) {
	payload := ""
	if resource != "" {
		payload = "<resource>" + Escape(resource) + "</resource>"
	}
	if err := s.Send("<iq xmlns='" + NSClient + "' type='set' id='bind'><bind xmlns='" + NSBind + "'>" + payload + "</bind></iq>"); err != nil {
		return "", err
	}
	e, err := s.Expect(NSClient, "iq")
	if err != nil {
		return "", err
	}
	j := e.Find(NSBind, "jid")
	if e.Attr("type") != "result" || j == nil {
		return "", fmt.Errorf("bind: %.300s", e.Raw)
	}
	full := strings.TrimSpace(j.Text)
	const nsSession = "urn:ietf:params:xml:ns:xmpp-session"
	if old := s.Features.Child(nsSession, "session"); old != nil && old.Child(nsSession, "optional") == nil {
		if err := s.Send("<iq xmlns='" + NSClient + "' type='set' id='session'><session xmlns='" + nsSession + "'/></iq>"); err != nil {
			return "", err
		}
		if e, err = s.Expect(NSClient, "iq"); err != nil || e.Attr("type") != "result" {
			return "", fmt.Errorf("session: %w %v", err, e)
		}
	}
	return full, nil
}
