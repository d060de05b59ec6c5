package pep

import "time"

// An Access says who may subscribe to a node and read it (XEP-0060 #accessmodels).
type Access string

// The access models.
const (
	Open      Access = "open"
	Presence  Access = "presence"
	Roster    Access = "roster"
	Authorize Access = "authorize"
	Whitelist Access = "whitelist"
)

// A Role is an affiliation (XEP-0060 #affiliations). The account itself is always
// an owner of its nodes.
type Role string

// The affiliations.
const (
	Owner     Role = "owner"
	Publisher Role = "publisher"
	Member    Role = "member"
	Outcast   Role = "outcast"
	NoRole    Role = "none"
)

// A Config is the configuration of a node. The names of the fields as they stand
// in forms, and what they mean, are in XEP-0060 #registrar-formtypes-config; the
// table in field.go connects the two.
type Config struct {
	Title, Description, Language, Type string

	Access       Access
	Groups       []string // roster groups, for the access model Roster
	PublishModel string   // who may publish: publishers, subscribers, open
	Subscribe    bool     // explicit subscriptions are possible

	Persist    bool
	MaxItems   int           // 0: as many as the server keeps
	Expire     time.Duration // after which an item is gone, whole seconds; 0: never
	MaxPayload int           // bytes; 0: as much as the server takes
	Full       string        // what happens at MaxItems: retract-oldest, discard-oldest, reject

	Deliver       bool // events are sent at all
	Payloads      bool // with payloads
	NotifyConfig  bool
	NotifyDelete  bool
	NotifyRetract bool
	NotifySub     bool
	SendLast      string // never, on_sub, on_sub_and_presence
	EventType     string // type of the messages: headline, normal
	ItemReply     string // publisher: items name who published them; owner, none
}

// The values of fields that the code asks for.
const (
	modelPublishers  = "publishers"
	modelSubscribers = "subscribers"
	modelOpen        = "open"

	fullRetract = "retract-oldest"
	fullDiscard = "discard-oldest"
	fullReject  = "reject"

	lastNever      = "never"
	lastOnSub      = "on_sub"
	lastOnPresence = "on_sub_and_presence"

	eventHeadline = "headline"
	eventNormal   = "normal"

	replyOwner     = "owner"
	replyPublisher = "publisher"
	replyNobody    = "none"
)

// DefaultConfig is the configuration of a node that nobody has configured.
func DefaultConfig() Config {
	return Config{
		Access:       Presence, // XEP-0163 #defaults
		PublishModel: modelPublishers,
		Subscribe:    true,
		Persist:      true,
		// XEP-0384 #bundles: to store multiple items "is not the default with XEP-0163"
		MaxItems:      1,
		Full:          fullRetract, // XEP-0060 #publisher-publish-success-nodefull
		Deliver:       true,
		Payloads:      true,
		NotifyDelete:  true, // XEP-0060 #owner-delete-success: "the service MUST also send notification"
		NotifyRetract: true,
		SendLast:      lastOnPresence, // XEP-0163 #support
		EventType:     eventHeadline,
		ItemReply:     replyNobody,
	}
}

// newConfig is the configuration of a node that is about to be made.
func (s *Service) newConfig(node string) Config {
	if c, ok := s.configs[node]; ok {
		return c
	}
	return DefaultConfig()
}
