package pep

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"causeway/xmpp/form"
)

// PublishOptions is the FORM_TYPE of the options of a publication (XEP-0060
// #publisher-publish-options).
const PublishOptions = NS + "#publish-options"

// The other FORM_TYPEs of XEP-0060 #registrar-formtypes.
const (
	formConfig   = NS + "#node_config"
	formMetaData = NS + "#meta-data"
)

// fieldPrefix begins the name of every field.
const fieldPrefix = "pubsub#"

// maximum is the value for as much as the server allows (XEP-0060
// #registrar-formtypes-config: "`max` for no specific limit other than a server
// imposed maximum").
const maximum = "max"

// A field connects a field of forms with a Config.
type field struct {
	name    string // without fieldPrefix
	typ     string
	label   string
	options []string // all values, of a list
	get     func(*Config) []string
	set     func(*Config, []string) error // unless options forbid the values
}

// errValue is what a field says of a value that it cannot have.
var errValue = errors.New("not a possible value")

// maxText bounds a text field, in bytes.
const maxText = 1024

// fields is the table of all there are; it is never written to.
var fields = []field{
	text("title", "A friendly name for the node", func(c *Config) *string { return &c.Title }),
	text("description", "A description of the node", func(c *Config) *string { return &c.Description }),
	text("language", "The default language of the node", func(c *Config) *string { return &c.Language }),
	text("type", "The namespace of the payloads", func(c *Config) *string { return &c.Type }),
	choice("access_model", "Who may subscribe and retrieve items",
		func(c *Config) *string { return (*string)(&c.Access) },
		string(Open), string(Presence), string(Roster), string(Authorize), string(Whitelist)),
	{
		name: "roster_groups_allowed", typ: form.TextMulti, label: "The roster groups allowed to subscribe and retrieve items",
		get: func(c *Config) []string { return c.Groups }, set: setGroups,
	},
	choice("publish_model", "Who may publish", func(c *Config) *string { return &c.PublishModel },
		modelPublishers, modelSubscribers, modelOpen),
	boolean("subscribe", "Whether to allow subscriptions", func(c *Config) *bool { return &c.Subscribe }),
	boolean("persist_items", "Whether to keep items", func(c *Config) *bool { return &c.Persist }),
	{
		name: "max_items", typ: form.TextSingle, label: "How many items to keep; max for as many as the server does",
		get: func(c *Config) []string { return []string{orMax(c.MaxItems)} },
		set: func(c *Config, v []string) (err error) { c.MaxItems, err = count(v, 1); return err },
	},
	{
		name: "item_expire", typ: form.TextSingle, label: "Seconds after which an item is removed; max for never",
		get: func(c *Config) []string { return []string{orMax(int(c.Expire / time.Second))} },
		set: func(c *Config, v []string) error {
			// No moment is further away than a Duration reaches.
			n, err := count(v, 0)
			c.Expire = time.Duration(min(n, math.MaxInt32)) * time.Second
			return err
		},
	},
	{
		name: "max_payload_size", typ: form.TextSingle, label: "The largest payload, in bytes",
		get: func(c *Config) []string { return []string{orMax(c.MaxPayload)} },
		set: func(c *Config, v []string) (err error) { c.MaxPayload, err = count(v, 1); return err },
	},
	choice("publish_node_full", "What happens when there are max_items and one more",
		func(c *Config) *string { return &c.Full }, fullRetract, fullDiscard, fullReject),
	boolean("deliver_notifications", "Whether to deliver event notifications", func(c *Config) *bool { return &c.Deliver }),
	boolean("deliver_payloads", "Whether to deliver payloads with them", func(c *Config) *bool { return &c.Payloads }),
	boolean("notify_config", "Whether to notify subscribers when the node configuration changes", func(c *Config) *bool { return &c.NotifyConfig }),
	boolean("notify_delete", "Whether to notify subscribers when the node is deleted", func(c *Config) *bool { return &c.NotifyDelete }),
	boolean("notify_retract", "Whether to notify subscribers when items are removed", func(c *Config) *bool { return &c.NotifyRetract }),
	boolean("notify_sub", "Whether to notify the owner about new subscribers", func(c *Config) *bool { return &c.NotifySub }),
	choice("send_last_published_item", "When to send the last published item", func(c *Config) *string { return &c.SendLast },
		lastNever, lastOnSub, lastOnPresence),
	choice("notification_type", "Type of the messages that notify", func(c *Config) *string { return &c.EventType },
		eventHeadline, eventNormal),
	choice("itemreply", "Whom an item names: its publisher, or nobody", func(c *Config) *string { return &c.ItemReply },
		replyNobody, replyPublisher, replyOwner),
	// What cannot be otherwise here. Events are messages for who is there; nothing
	// follows from who goes away.
	fixed("node_type", form.ListSingle, "Whether the node is a leaf", "leaf"),
	fixed("presence_based_delivery", form.Boolean, "Whether to deliver notifications to available users only", "1"),
	fixed("purge_offline", form.Boolean, "Whether to purge all items when the publisher goes offline", "0"),
	fixed("tempsub", form.Boolean, "Whether subscriptions end with the subscriber's presence", "0"),
}

func text(name, label string, at func(*Config) *string) field {
	return field{
		name: name, typ: form.TextSingle, label: label,
		get: func(c *Config) []string { return []string{*at(c)} },
		set: func(c *Config, v []string) error {
			t := strings.Join(v, "\n")
			if len(t) > maxText {
				return errValue
			}
			*at(c) = t
			return nil
		},
	}
}

func choice(name, label string, at func(*Config) *string, options ...string) field {
	return field{
		name: name, typ: form.ListSingle, label: label, options: options,
		get: func(c *Config) []string { return []string{*at(c)} },
		set: func(c *Config, v []string) error {
			if len(v) != 1 || !slices.Contains(options, v[0]) {
				return errValue
			}
			*at(c) = v[0]
			return nil
		},
	}
}

func boolean(name, label string, at func(*Config) *bool) field {
	return field{
		name: name, typ: form.Boolean, label: label,
		get: func(c *Config) []string { return []string{digit(*at(c))} },
		set: func(c *Config, v []string) error {
			b, err := truth(v)
			if err == nil {
				*at(c) = b
			}
			return err
		},
	}
}

// fixed is a field that has one value only.
func fixed(name, typ, label, value string) field {
	f := field{name: name, typ: typ, label: label, get: func(*Config) []string { return []string{value} }}
	if typ == form.ListSingle {
		f.options = []string{value}
	}
	f.set = func(_ *Config, v []string) error {
		if typ == form.Boolean {
			b, err := truth(v)
			if err != nil || digit(b) != value {
				return errValue
			}
			return nil
		}
		if len(v) != 1 || v[0] != value {
			return errValue
		}
		return nil
	}
	return f
}

// maxGroups bounds the roster groups of a node.
const maxGroups = 32

func setGroups(c *Config, v []string) error {
	if len(v) > maxGroups {
		return errValue
	}
	for _, g := range v {
		if len(g) > maxText {
			return errValue
		}
	}
	c.Groups = slices.Clone(v)
	return nil
}

// truth reads a boolean (XEP-0004 #protocol-fieldtypes).
func truth(v []string) (bool, error) {
	if len(v) == 1 {
		switch strings.TrimSpace(v[0]) {
		case "1", "true":
			return true, nil
		case "0", "false":
			return false, nil
		}
	}
	return false, errValue
}

func digit(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// count reads a number of at least least; 0 stands for max.
func count(v []string, least int) (int, error) {
	if len(v) != 1 {
		return 0, errValue
	}
	if v[0] == maximum {
		return 0, nil
	}
	n, err := strconv.ParseUint(strings.TrimSpace(v[0]), 10, 62)
	if err != nil || int(n) < least {
		return 0, errValue
	}
	return int(n), nil
}

func orMax(n int) string {
	if n == 0 {
		return maximum
	}
	return strconv.Itoa(n)
}

// fieldNamed finds a field by its full name, nil if there is none.
func fieldNamed(name string) *field {
	short, ok := strings.CutPrefix(name, fieldPrefix)
	if !ok {
		return nil
	}
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == short })
	if i < 0 {
		return nil
	}
	return &fields[i]
}
