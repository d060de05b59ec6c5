package rsm

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"causeway/xmpp/stanza"
)

// NS is the namespace of result set management (XEP-0059 #registrar-ns).
const NS = "http://jabber.org/protocol/rsm"

// Unset is the value of a number that was not given.
const Unset = -1

// A Request says which part of a list is wanted. Ids are opaque to this package;
// a service checks them. Make one with All, Parse or Read.
type Request struct {
	Max   int // most items of the page, Unset if not said; 0 asks for the count alone (XEP-0059 #count)
	Index int // the place of the first item, counted from 0 (XEP-0059 #jump), or Unset
	// After asks for what follows the item with this id, "" for the beginning
	// (XEP-0059 #forwards: "the UID defaults to 'before the first item'").
	After string
	// Before asks for what precedes the item with this id (XEP-0059 #backwards).
	Before string
	// Backward says that the end of what is meant is wanted: there was a <before/>,
	// an empty one for the last page of all (XEP-0059 #last).
	Backward bool
}

// All asks for as much of the list as the service gives, from its beginning.
func All() Request { return Request{Max: Unset, Index: Unset} }

// Read reads the <set/> among the children of the first child of st; a request
// without one is All. The error is a *stanza.Error for the sender: bad-request.
func Read(st *stanza.Stanza) (Request, error) {
	var payload Payload
	if err := st.Decode(&payload); err != nil {
		return Request{}, err
	}
	return payload.Request()
}

// A Payload is what Read reads. A service embeds it in what it decodes a payload into anyway.
type Payload struct {
	Sets []set `xml:"http://jabber.org/protocol/rsm set"`
}

// Request gives the request that the payload had, as Read does.
func (p *Payload) Request() (Request, error) {
	switch len(p.Sets) {
	case 0:
		return All(), nil
	case 1:
		r, err := p.Sets[0].request()
		if err != nil {
			return Request{}, stanza.BadRequest.Err(err.Error())
		}
		return r, nil
	default:
		return Request{}, stanza.BadRequest.Err("more than one set")
	}
}

// Parse reads one <set/> that stands alone, as stanza.ChildBytes gives it. What it
// holds beside the elements of a request is ignored.
func Parse(raw []byte) (Request, error) {
	var s set
	if err := xml.Unmarshal(raw, &s); err != nil {
		return Request{}, fmt.Errorf("parse result set request: %w", err)
	}
	return s.request()
}

// A set is a request as it stands on the wire. Each element may come once
// (XEP-0059 #schema); what came more often is seen by its being a list.
type set struct {
	XMLName xml.Name `xml:"http://jabber.org/protocol/rsm set"`
	Max     []string `xml:"http://jabber.org/protocol/rsm max"`
	Index   []string `xml:"http://jabber.org/protocol/rsm index"`
	After   []string `xml:"http://jabber.org/protocol/rsm after"`
	Before  []string `xml:"http://jabber.org/protocol/rsm before"`
}

func (s *set) request() (r Request, err error) {
	if r.Max, err = number("max", s.Max); err != nil {
		return Request{}, err
	}
	if r.Index, err = number("index", s.Index); err != nil {
		return Request{}, err
	}
	if r.After, err = single("after", s.After); err != nil {
		return Request{}, err
	}
	if r.Before, err = single("before", s.Before); err != nil {
		return Request{}, err
	}
	r.Backward = len(s.Before) > 0
	return r, nil
}

// number reads a number that is not negative. XEP-0059 #schema has them as xs:int,
// whose spelling may have a plus sign and white space around it.
func number(name string, values []string) (int, error) {
	text, err := single(name, values)
	if err != nil || len(values) == 0 {
		return Unset, err
	}
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32)
	if err != nil || n < 0 {
		return Unset, fmt.Errorf("%s is not a number of items", name)
	}
	return int(n), nil
}

func single(name string, values []string) (string, error) {
	switch len(values) {
	case 0:
		return "", nil
	case 1:
		return values[0], nil
	default:
		return "", fmt.Errorf("%s is given more than once", name)
	}
}
