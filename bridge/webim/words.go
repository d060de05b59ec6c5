package webim

import "time"

// The objects of the protocol, as they stand on the wire (webim #common-data). Ids are strings,
// and lists are never null.

// A buddyInfo is a person.
type buddyInfo struct {
	ID            string `json:"id"`
	Nick          string `json:"nick"`
	Group         string `json:"group,omitempty"`
	URL           string `json:"url,omitempty"`
	PicURL        string `json:"pic_url"`         // as the document has it
	DefaultPicURL string `json:"default_pic_url"` //
	Avatar        string `json:"avatar"`          // the same, as the library reads it
	DefaultAvatar string `json:"default_avatar"`  //
	Presence      string `json:"presence"`        // online or offline; without it the library takes online
	Show          string `json:"show"`
	Status        string `json:"status"`
	StatusTime    string `json:"status_time"`
	// History is nil if the page is to ask for it.
	History *[]logItem `json:"history,omitempty"`
}

// A logItem is a message. In pushes it is new if the library is not to take its peer
// for being there.
type logItem struct {
	Type      string `json:"type"` // chat or grpchat; anything else ends the library
	To        string `json:"to"`
	From      string `json:"from"`
	Nick      string `json:"nick"`
	Style     string `json:"style"`
	Body      string `json:"body"`
	Timestamp int64  `json:"timestamp"` // milliseconds since 1970
	New       bool   `json:"new,omitempty"`
}

// A roomInfo is a room.
type roomInfo struct {
	ID            string       `json:"id"`
	Nick          string       `json:"nick"`
	URL           string       `json:"url"`
	PicURL        string       `json:"pic_url"`
	DefaultPicURL string       `json:"default_pic_url"`
	Avatar        string       `json:"avatar"`
	AllCount      int          `json:"all_count"`
	Count         int          `json:"count"`
	Blocked       bool         `json:"blocked"`
	Temporary     bool         `json:"temporary"`
	Members       []memberInfo `json:"members,omitempty"`
	History       *[]logItem   `json:"history,omitempty"`
}

// A memberInfo is an occupant or a member of a room.
type memberInfo struct {
	ID       string `json:"id"`
	Nick     string `json:"nick"`
	Presence string `json:"presence"`
	Show     string `json:"show"`
}

// A presenceInfo is a push about a person, or about an occupant of a room.
type presenceInfo struct {
	Type   string `json:"type"` // online, offline, show; join, leave, grponline, grpoffline
	From   string `json:"from"`
	To     string `json:"to"` // the own id, or the room
	Nick   string `json:"nick"`
	Show   string `json:"show"`
	Status string `json:"status"`
}

// A statusInfo is a push about somebody who writes.
type statusInfo struct {
	From string `json:"from"`
	To   string `json:"to"`
	Nick string `json:"nick"`
	Show string `json:"show"` // typing or clear
}

// A notice is a notification.
type notice struct {
	Text string `json:"text"`
	Link string `json:"link"`
}

// A connection is how a page gets what is pushed.
type connection struct {
	Domain    string `json:"domain"`
	Ticket    string `json:"ticket"`
	Server    string `json:"server"`
	WebSocket string `json:"websocket,omitempty"`
}

// Types of messages.
const (
	typeChat  = "chat"
	typeGroup = "grpchat"
)

// Shows that the library knows.
const (
	showAvailable   = "available"
	showUnavailable = "unavailable"
	showInvisible   = "invisible"
)

const (
	online  = "online"
	offline = "offline"
)

// picture is what is shown of somebody who has no picture.
const picture = "/webim/person.svg"

// millis is a time as the library counts it.
func millis(t time.Time) int64 { return t.UnixMilli() }
