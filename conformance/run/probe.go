package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"causeway/conformance/oracle"
)

const (
	nsInfo  = "http://jabber.org/protocol/disco#info"
	nsItems = "http://jabber.org/protocol/disco#items"
	nsMUC   = "http://jabber.org/protocol/muc"
	nsSlots = "urn:xmpp:http:upload:0"
)

// Capabilities are what a target offers. A check names what it needs as
//
//	tls, direct-tls, websocket, bosh, register     ways in
//	stream:NS                a feature of the stream, before or after the login
//	host:NS, account:NS      what discovery tells of the domain and of an account
//	muc, muc:NS              a service for rooms, and a feature of it
//	upload                   a service for uploads
//	mechanism:NAME           a SASL mechanism
//
// and a need that begins with ~ is met by any of the needs after it, which are
// separated by spaces.
type Capabilities struct {
	Software string // as XEP-0092 has it, "" if it does not tell
	Rooms    string // the address of the service for rooms
	Upload   string
	all      map[string]bool
}

// Offering gives capabilities that were found out in another way than by Probe.
func Offering(needs ...string) *Capabilities {
	c := &Capabilities{all: make(map[string]bool)}
	for _, need := range needs {
		c.all[need] = true
	}
	return c
}

// Offers reports whether a need is met.
func (c *Capabilities) Offers(need string) bool {
	if several, ok := strings.CutPrefix(need, "~"); ok {
		return slices.ContainsFunc(strings.Fields(several), c.Offers)
	}
	return c.all[need]
}

// List gives what is offered, sorted.
func (c *Capabilities) List() []string {
	var list []string
	for need := range c.all {
		list = append(list, need)
	}
	slices.Sort(list)
	return list
}

// Probe asks the target what it offers, with an account for the purpose, and finds
// out how patient checks should be.
func Probe(ctx context.Context, t *Target, accounts Accounts) (*Capabilities, error) {
	ctx, cancel := context.WithTimeout(ctx, 4*mostPatience)
	defer cancel()
	c := &Capabilities{all: make(map[string]bool)}
	for need, at := range map[string]string{"direct-tls": t.Direct, "websocket": t.WebSocket, "bosh": t.BOSH} {
		if at != "" {
			c.all[need] = true
		}
	}
	if err := c.before(ctx, t); err != nil {
		return c, fmt.Errorf("probe of %s: %w", t.Addr, err)
	}
	if accounts == nil {
		return c, nil
	}
	a, err := accounts.Lease(ctx)
	if err != nil {
		return c, fmt.Errorf("an account for the probe: %w", err)
	}
	defer accounts.Return(ctx, a)
	a.Name = "probe"
	s, err := t.login(ctx, a, nil)
	if err != nil {
		return c, err
	}
	defer s.Close()
	c.stream(s)
	if _, err := s.Bind(""); err != nil {
		return c, err
	}
	return c, c.discover(t, s, a)
}

// before looks at what is offered to strangers.
func (c *Capabilities) before(ctx context.Context, t *Target) error {
	s, err := t.dial(ctx, "probe", nil)
	if err != nil {
		return err
	}
	err = s.Open(t.Domain)
	if err == nil {
		c.stream(s)
	}
	s.Close()
	if err != nil {
		return err
	}
	if c.all["stream:"+oracle.NSTLS] {
		c.all["tls"] = true
	}
	s, err = t.secure(ctx, "probe", nil)
	if err != nil {
		return err
	}
	c.stream(s)
	s.Close()
	return nil
}

// stream notes the features of a stream.
func (c *Capabilities) stream(s *oracle.Stream) {
	for _, f := range s.Features.Children {
		c.all["stream:"+f.Name.Space] = true
	}
	for _, m := range s.Mechanisms() {
		c.all["mechanism:"+m] = true
	}
	c.all["register"] = c.all["register"] || c.all["stream:http://jabber.org/features/iq-register"]
}

// discover asks the domain, the account and the services of the domain.
func (c *Capabilities) discover(t *Target, s *oracle.Stream, a Account) error {
	begin, questions := time.Now(), 0
	ask := func(to, ns string) (*oracle.Element, error) {
		questions++
		return ask(s, "get", to, "<query xmlns='"+ns+"'/>", t.patience())
	}
	info, err := ask(t.Domain, nsInfo)
	if err != nil {
		return err
	}
	c.features("host", info)
	if info, err = ask(a.User+"@"+t.Domain, nsInfo); err != nil {
		return err
	}
	c.features("account", info)
	items, err := ask(t.Domain, nsItems)
	if err != nil {
		return err
	}
	if err := c.services(items, ask); err != nil {
		return err
	}
	if told, err := ask(t.Domain, "jabber:iq:version"); err == nil {
		for _, part := range []string{"name", "version"} {
			if e := told.Find("jabber:iq:version", part); e != nil {
				c.Software = strings.TrimSpace(c.Software + " " + e.Text)
			}
		}
	}
	if t.Patience == 0 {
		each := time.Since(begin) / time.Duration(questions)
		t.Patience = PatienceFor(each)
	}
	return nil
}

// services looks at what stands beside the domain.
func (c *Capabilities) services(items *oracle.Element, ask func(to, ns string) (*oracle.Element, error)) error {
	const most = 20 // a hostile target has as many as it likes
	for i, item := range items.All(nsItems, "item") {
		if i >= most || strings.Contains(item.Attr("jid"), "@") {
			break
		}
		info, err := ask(item.Attr("jid"), nsInfo)
		if err != nil {
			return err
		}
		for _, f := range info.All(nsInfo, "feature") {
			switch f.Attr("var") {
			case nsMUC:
				c.Rooms = item.Attr("jid")
				c.all["muc"] = true
				c.features("muc", info)
			case nsSlots:
				c.Upload = item.Attr("jid")
				c.all["upload"] = true
			}
		}
	}
	for _, f := range items.All(nsInfo, "feature") {
		if f.Attr("var") == nsSlots {
			c.all["upload"] = true
		}
	}
	return nil
}

func (c *Capabilities) features(of string, info *oracle.Element) {
	for _, f := range info.All(nsInfo, "feature") {
		c.all[of+":"+f.Attr("var")] = true
	}
	for _, i := range info.All(nsInfo, "identity") {
		c.all[of+":"+i.Attr("category")+"/"+i.Attr("type")] = true
	}
}

// ask sends a request outside a check and gives the answer, whatever it is.
func ask(s *oracle.Stream, typ, to, payload string, limit time.Duration) (*oracle.Element, error) {
	id := word()
	if err := s.Send(fmt.Sprintf("<iq xmlns='%s' type='%s' id='%s' to='%s'>%s</iq>", oracle.NSClient, typ, id, oracle.Escape(to), payload)); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(limit); ; {
		e, err := s.Next(time.Until(deadline))
		if err != nil {
			return nil, fmt.Errorf("question to %s: %w", to, err)
		}
		if e.Is("iq") && e.Attr("id") == id {
			return e, nil
		}
		if e.Name.Space == oracle.NSStream && e.Name.Local == "error" {
			return nil, fmt.Errorf("question to %s: %w: the stream error %s", to, oracle.ErrClosed, e.Condition())
		}
		if time.Now().After(deadline) {
			return nil, errors.Join(oracle.ErrSilent, fmt.Errorf("question to %s", to))
		}
	}
}
