package archive

import (
	"slices"
	"strings"
	"time"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/rsm"
	"causeway/xmpp/stanza"
)

// How many messages a page has.
const (
	defaultPage = 50
	maxPage     = 250 // XEP-0313 #query-paging-limit: "a reasonable limit"
)

// A question is one query as a client asks it.
type question struct {
	Query
	queryID *string // to be repeated with each message; nil if there is none
	flip    bool    // the last message of the page comes first (XEP-0313 #query-paging-flip)
	count   bool    // only how many there are (XEP-0059 #count)
	named   []ID    // that have to be in the archive for there to be an answer
}

// wireQuery is the payload of a query.
type wireQuery struct {
	rsm.Payload
	QueryID *string     `xml:"queryid,attr"`
	Node    *string     `xml:"node,attr"`
	Forms   []form.Form `xml:"jabber:x:data x"`
	Flip    *struct{}   `xml:"urn:xmpp:mam:2 flip-page"`
	After   string      `xml:"urn:xmpp:mam:2 after"` // of profanity; see below
}

// parseQuery reads a query. The error is a *stanza.Error for the sender.
func parseQuery(iq *stanza.Stanza) (*question, error) {
	var w wireQuery
	if err := iq.Decode(&w); err != nil {
		return nil, err
	}
	if w.Node != nil {
		// XEP-0313 #business-storeret-pubsub-archives: "reserved"; nodes have no archives here
		return nil, stanza.FeatureNotImplemented.Err("nodes have no archives")
	}
	q := &question{queryID: w.QueryID, flip: w.Flip != nil}
	switch len(w.Forms) {
	case 0:
	case 1:
		if err := q.filter(&w.Forms[0]); err != nil {
			return nil, err
		}
	default:
		return nil, stanza.BadRequest.Err("more than one form")
	}
	set, err := w.Request()
	if err != nil {
		return nil, err
	}
	if set.After == "" {
		// profanity 0.13 forgets the <set/> around it, and asks until nothing comes
		set.After = w.After
	}
	return q, q.page(set)
}

// page takes what result set management says. For it "the UIDs used by RSM
// correspond with the UIDs of the stanzas" (XEP-0313 #query-paging-limit). What both
// ends together mean "RSM does not define" (#query-paging-request): here they are both
// bounds, and the end is wanted.
func (q *question) page(set rsm.Request) error {
	if set.Index != rsm.Unset {
		// XEP-0059 #jump: "exceptionally resource intensive"
		return stanza.FeatureNotImplemented.Err("pages have no numbers; use before and after")
	}
	q.Max, q.count, q.Backward = min(set.Max, maxPage), set.Max == 0, set.Backward
	if set.Max == rsm.Unset {
		q.Max = defaultPage
	}
	if set.After != "" {
		if err := q.after(set.After); err != nil {
			return err
		}
	}
	if set.Before != "" {
		return q.before(set.Before)
	}
	return nil
}

// filter takes the fields of a form (XEP-0313 #filter).
func (q *question) filter(f *form.Form) error {
	// "The hidden FORM_TYPE field MUST be set to this protocol's namespace"
	if f.Type != form.Submit || f.FormType() != NS {
		return stanza.BadRequest.Err("not a submitted form of " + NS)
	}
	seen := make(map[string]bool, len(f.Fields))
	for _, field := range f.Fields {
		if seen[field.Var] {
			return stanza.BadRequest.Err("a field is there twice")
		}
		seen[field.Var] = true
		if field.Var == fieldIDs {
			if err := q.only(field.Values); err != nil {
				return err
			}
			continue
		}
		if len(field.Values) > 1 {
			return stanza.BadRequest.Err(field.Var + " has one value")
		}
		if len(field.Values) == 0 {
			continue // nothing is said
		}
		if err := q.field(field.Var, strings.TrimSpace(field.Values[0])); err != nil {
			return err
		}
	}
	return nil
}

// The fields of a query (XEP-0313 #filter, #query-include-groupchat).
const (
	fieldType      = "FORM_TYPE"
	fieldWith      = "with"
	fieldStart     = "start"
	fieldEnd       = "end"
	fieldBeforeID  = "before-id"
	fieldAfterID   = "after-id"
	fieldIDs       = "ids"
	fieldGroupchat = "include-groupchat"
)

// field takes one field with one value.
func (q *question) field(name, value string) error {
	switch name {
	case fieldType:
	case fieldWith:
		j, err := jid.Parse(value)
		if err != nil {
			return stanza.JIDMalformed.Err("with is not an address") // RFC 6120 §8.3.3.8
		}
		// XEP-0313 #filter-jid has the own address mean messages to oneself, "otherwise
		// every message in the archive would match"; so does each of one's resources.
		q.With = j
	case fieldStart, fieldEnd:
		t, ok := parseTime(value)
		if !ok {
			return stanza.BadRequest.Err(name + " is not a time")
		}
		q.time(name, t)
	case fieldAfterID:
		return q.after(value)
	case fieldBeforeID:
		return q.before(value)
	case fieldGroupchat:
		switch value { // XEP-0004 #protocol-fieldtypes: boolean
		case "0", "1", "false", "true":
			// There is none in the archive of an account, and all of a room is.
		default:
			return stanza.BadRequest.Err(name + " is yes or no")
		}
	default:
		// XEP-0313 #query-form: "If a client includes a form field that the server
		// does not recognise, the server MUST respond with … feature-not-implemented"
		return stanza.FeatureNotImplemented.Err("there is no field " + name)
	}
	return nil
}

// time takes a bound in time, which is itself within: "equal to or later", "equal to
// or earlier" (XEP-0313 #filter-time).
func (q *question) time(name string, t time.Time) {
	at := t.UnixMicro()
	if name == fieldEnd {
		q.until(ID(max(at, 0)) + 1)
		return
	}
	if t.Nanosecond()%1000 != 0 {
		at++ // the first microsecond that is not before it
	}
	q.from(ID(max(at, 1)) - 1)
}

// from moves the lower bound up, until the upper one down.
func (q *question) from(id ID) { q.After = max(q.After, id) }

func (q *question) until(id ID) {
	if q.Before == 0 || id < q.Before {
		q.Before = id
	}
}

// after and before bound the query by messages that have to be there: else "the
// server MUST return an item-not-found error" (XEP-0313 #query-limit-id,
// #query-paging-request).
func (q *question) after(value string) error {
	id, err := q.name(value)
	q.from(id)
	return err
}

func (q *question) before(value string) error {
	id, err := q.name(value)
	q.until(id)
	return err
}

// only asks for single messages (XEP-0313 #query-limit-id).
func (q *question) only(values []string) error {
	q.IDs = make([]ID, 0, len(values))
	for _, v := range values {
		id, err := q.name(strings.TrimSpace(v))
		if err != nil {
			return err
		}
		q.IDs = append(q.IDs, id)
	}
	slices.Sort(q.IDs)
	q.IDs = slices.Compact(q.IDs)
	return nil
}

// name reads an ID that has to be in the archive. One that none of ours looks like
// is not.
func (q *question) name(value string) (ID, error) {
	id, ok := parseID(value)
	if !ok {
		return 0, errNotFound()
	}
	q.named = append(q.named, id)
	return id, nil
}

func errNotFound() error { return stanza.ItemNotFound.Err("no such message is in the archive") }

// parseTime reads a date and time (XEP-0082, DateTime).
func parseTime(value string) (time.Time, bool) {
	if strings.ContainsRune(value, ',') {
		return time.Time{}, false // encoding of time takes it for a point
	}
	t, err := time.Parse(time.RFC3339Nano, value)
	return t, err == nil && t.Year() < 10_000
}

// appendForm writes what can be asked for (XEP-0313 #query-form). The ids are "open
// to arbitrary values", which XEP-0122 says; nobody lists them.
func appendForm(dst []byte) []byte {
	dst = append(dst, "<query xmlns='"+NS+"'><x xmlns='"+form.NS+"' type='form'>"+
		"<field type='hidden' var='FORM_TYPE'><value>"+NS+"</value></field>"+
		"<field type='jid-single' var='"+fieldWith+"'/>"...)
	for _, name := range [...]string{fieldStart, fieldEnd, fieldBeforeID, fieldAfterID} {
		dst = append(dst, "<field type='text-single' var='"+name+"'/>"...)
	}
	return append(dst, "<field type='list-multi' var='"+fieldIDs+"'>"+
		"<validate xmlns='http://jabber.org/protocol/xdata-validate' datatype='xs:string'><open/></validate></field>"+
		"<field type='boolean' var='"+fieldGroupchat+"'/></x></query>"...)
}
