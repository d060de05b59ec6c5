package portable

import (
	"fmt"
	"time"

	"causeway/roster"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/ext/last"
	"causeway/xmpp/ext/pep"
	"causeway/xmpp/ext/private"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/sasl"
)

// The namespaces of the format.
const (
	// NS is that of the frame: server-data, host, user (XEP-0227 #fileformat).
	NS        = "urn:xmpp:pie:0"
	nsSCRAM   = "urn:xmpp:pie:0#scram" // XEP-0227 #scram-credentials
	nsArchive = "urn:xmpp:pie:0#mam"   // XEP-0227 #archive
	// NSOurs is that of what an account of ours has and the XEP has no place for; see doc/namespaces.md.
	NSOurs = "urn:causeway:portable"

	nsInclude     = "http://www.w3.org/2001/XInclude"
	nsRoster      = "jabber:iq:roster"
	nsPrivate     = "jabber:iq:private"
	nsPrivacy     = "jabber:iq:privacy"
	nsCard        = "vcard-temp"
	nsPubSub      = "http://jabber.org/protocol/pubsub"
	nsPubSubOwner = "http://jabber.org/protocol/pubsub#owner"
	nsMAM         = "urn:xmpp:mam:2"
	nsForward     = "urn:xmpp:forward:0"
	nsDelay       = "urn:xmpp:delay"
)

// A Record is one thing that a file says. Records come in the order of the file: a
// User, then what it has, then a UserEnd. Bytes and slices belong to who gets them.
type Record interface{ isRecord() }

type (
	// A Host begins the accounts of a virtual host (XEP-0227 #hosts).
	Host struct{ Domain string }
	// A User begins an account (XEP-0227 #users).
	User struct {
		JID      jid.JID
		Password string // in plain text; usually empty
	}
	// UserEnd ends an account.
	UserEnd struct{}
	// About is what our own accounts have besides (NSOurs).
	About struct {
		Created, Changed time.Time // whole seconds
		Disabled         bool
		Reason           string
	}
	// Left is when the account was last online, and with which words (NSOurs).
	Left struct{ last.Departure }
	// Credentials are one SCRAM key set (XEP-0227 #scram-credentials).
	Credentials struct{ sasl.Keys }
	// Contact is one item of the roster (XEP-0227 #rosters); its Request is nil.
	Contact struct{ roster.Item }
	// Request is a subscription request that waits for an answer
	// (XEP-0227 #incoming-subscription-requests).
	Request struct {
		From jid.JID // bare
		XML  []byte  // the presence, its namespace left to the stream
	}
	// Card is the vCard (XEP-0227 #vcards), standing alone.
	Card struct{ XML []byte }
	// Private is one element of private storage (XEP-0227 #privatexmlstorage). There
	// may be several of one name, which belong together.
	Private struct{ private.Element }
	// Waiting is an offline message (XEP-0227 #offlinemessages), standing alone.
	Waiting struct{ XML []byte }
	// Blocked is an address of the block list, which the format has as a rule of the
	// default privacy list (XEP-0227 #privacy-lists).
	Blocked struct{ JID jid.JID }
	// Archived is one archived message (XEP-0227 #archive), standing alone.
	Archived struct {
		ID    string
		Stamp time.Time
		Peer  jid.JID
		Sent  bool
		XML   []byte
	}
	// Preferences are what the owner wants archived (XEP-0441).
	Preferences struct{ archive.Prefs }
	// Node is the configuration of a node (XEP-0227 #pep-config).
	Node struct {
		Name    string
		Created time.Time // zero if not known
		Form    *form.Form
	}
	// Affiliations are who may do what at a node (XEP-0227 #pep-config).
	Affiliations struct {
		Node string
		List []pep.Affiliation
	}
	// Subscriptions are the explicit subscriptions to a node (XEP-0227 #pep-config).
	Subscriptions struct {
		Node string
		List []pep.Subscription
	}
	// Published is an item of a node (XEP-0227 #pep-items), or, without an ID, the word
	// that there is such a node.
	Published struct {
		Node string
		pep.Item
	}
	// Problem is something that is left out.
	Problem struct {
		What string // a short phrase, the same for all of a kind
		User string // whose, if no User record has told
	}
)

func (Host) isRecord()          {}
func (User) isRecord()          {}
func (UserEnd) isRecord()       {}
func (About) isRecord()         {}
func (Left) isRecord()          {}
func (Credentials) isRecord()   {}
func (Contact) isRecord()       {}
func (Request) isRecord()       {}
func (Card) isRecord()          {}
func (Private) isRecord()       {}
func (Waiting) isRecord()       {}
func (Blocked) isRecord()       {}
func (Archived) isRecord()      {}
func (Preferences) isRecord()   {}
func (Node) isRecord()          {}
func (Affiliations) isRecord()  {}
func (Subscriptions) isRecord() {}
func (Published) isRecord()     {}
func (Problem) isRecord()       {}

// problem makes a Problem.
func problem(format string, args ...any) Problem { return Problem{What: fmt.Sprintf(format, args...)} }
