package daemon

import (
	"time"

	"causeway/muc"
	"causeway/xmpp/sasl"
)

// Config is all that can be set. The doc tags are the manual: they are printed by
// "config print" and make up doc/config.md. A key in the file is the toml tags on
// the way to it, joined by dots. A number or a duration is at least what the tag min
// says, 1 or 1s without one, or else what the tag off says. Paths are marked: a
// relative one begins at the folder of the file that names it.
type Config struct {
	Hosts     []string        `toml:"hosts" doc:"Domains that have accounts here. Each is a world of its own: its accounts, its administrators, its certificate. Without any, localhost."`
	Admins    []string        `toml:"admins" doc:"Addresses of administrators, such as nurse@capulet.lit. Each administers the host of its own domain."`
	Data      string          `toml:"data" path:"yes" doc:"Folder of everything the server keeps. Only the server's user can read it. A relative path begins at the folder of this file; on the command line and in the environment, at the working folder."`
	Log       LogConfig       `toml:"log" doc:"What is written to the standard error."`
	C2S       C2SConfig       `toml:"c2s" doc:"Connections of clients."`
	TLS       TLSConfig       `toml:"tls" doc:"Certificates. A host for which none is given gets a self-signed one, kept in the data folder. All files are read again when they change, and on SIGHUP."`
	Accounts  AccountsConfig  `toml:"accounts" doc:"Accounts and passwords."`
	Register  RegisterConfig  `toml:"register" doc:"What people may do to accounts by themselves, in band (XEP-0077)."`
	Limits    LimitsConfig    `toml:"limits" doc:"What one account may keep."`
	Rooms     RoomsConfig     `toml:"rooms" doc:"Rooms for group chat (XEP-0045). Each host has its own, with addresses such as balcony@conference.capulet.lit."`
	Archive   ArchiveConfig   `toml:"archive" doc:"The message archive (XEP-0313)."`
	Push      PushConfig      `toml:"push" doc:"Waking phones (XEP-0357)."`
	HTTP      HTTPConfig      `toml:"http" doc:"What is reached over HTTP: uploaded files, and the connections of clients in browsers."`
	WebSocket WebSocketConfig `toml:"websocket" doc:"Connections of clients in WebSockets (RFC 7395)."`
	BOSH      BOSHConfig      `toml:"bosh" doc:"Connections of clients in HTTP requests (XEP-0124, XEP-0206)."`
	Webim     WebimConfig     `toml:"webim" doc:"The endpoints of the webim JS library, at /webim/ and /packets of the HTTP port."`
	SDK       WebsdkConfig    `toml:"sdk" doc:"The web SDK of the Platform, npm easemob-websdk up to 1.11, at /ws and /bosh of the HTTP port; doc/websdk.md tells what it needs."`
	Flash     FlashConfig     `toml:"flash" doc:"Commands of old tools: zero-terminated XML on a socket, and files that tell how the server is. causeway app add makes groups and their passwords; doc/flash.md tells the rest."`
	Plugchat  PlugchatConfig  `toml:"plugchat" doc:"The JSON and JSONP API of plugchat for sites, and the chat bar for their pages, at /plugchat/ of the HTTP port."`
	REST      RESTConfig      `toml:"rest" doc:"The REST admin API, for back ends that have an app."`
	OAuth     OAuthConfig     `toml:"oauth" doc:"Log-in at other sites with an account here, at /api/oauth of the HTTP port."`
	Upload    UploadConfig    `toml:"upload" doc:"Files that people send each other (XEP-0363)."`
	External  ExternalConfig  `toml:"external" doc:"Servers for calls that clients are told of (XEP-0215)."`
	Component ComponentConfig `toml:"component" doc:"External components: other processes that speak for a whole domain of their own, such as a gateway to another network (XEP-0114)."`
	Store     StoreConfig     `toml:"store" doc:"The database in the data folder."`
	Contacts  ContactsConfig  `toml:"contacts" doc:"Addresses of people, as URIs, that the server tells who asks (XEP-0157)."`
}

// LogConfig is the section log.
type LogConfig struct {
	Level  string `toml:"level" doc:"The least level that is written: debug, info, warn or error. Texts of messages and passwords are written at none."`
	Format string `toml:"format" doc:"text, json, or auto: text on a terminal, JSON elsewhere."`
}

// C2SConfig is the section c2s.
type C2SConfig struct {
	Listen         []string `toml:"listen" doc:"Addresses for clients that begin in the clear and then use STARTTLS. An empty list turns it off."`
	ListenTLS      []string `toml:"listen_tls" doc:"Addresses for clients that begin with TLS (XEP-0368)."`
	PlainLoopback  bool     `toml:"plain_loopback" doc:"Let clients on this machine log in without TLS. Do not set it behind a proxy that clients reach without TLS."`
	ChannelBinding bool     `toml:"channel_binding" doc:"Offer the SASL mechanisms that are bound to the TLS connection. Turn it off behind a proxy that ends TLS."`
	Connections    int      `toml:"connections" doc:"Most connections at once."`
	PerAddress     int      `toml:"per_address" doc:"Most connections at once from one IP address; this machine is excepted."`
	Resources      int      `toml:"resources" doc:"Most connections at once of one account."`
	Tries          int      `toml:"tries" doc:"Failed logins before a connection is closed."`
	LoginTime      duration `toml:"login_time" doc:"Time from the TLS handshake to the end of the login."`
	StanzaBytes    int      `toml:"stanza_bytes" min:"10000" doc:"Largest stanza in bytes, at most 500000; RFC 6120 §13.12 asks for 10000 at least."`
	RateBytes      int      `toml:"rate_bytes" off:"-1" doc:"What one client may send in a second, in bytes; -1 is no limit. A client that sends more is read more slowly."`
	QueueBytes     int      `toml:"queue_bytes" doc:"What may wait for one client, in bytes. A client that reads too slowly is cut off and may resume."`
	InactiveBytes  int      `toml:"inactive_bytes" off:"-1" doc:"What is held back for a client at which nobody looks, in bytes (XEP-0352): presence, chat states and the like, of which only the last matters. It gets them with the next message, or when somebody looks; -1 holds nothing back."`
	Idle           duration `toml:"idle" doc:"Silence after which a client is asked whether it is still there."`
	Resume         duration `toml:"resume" doc:"How long a cut connection waits for its client to come back and resume (XEP-0198)."`
}

// TLSConfig is the section tls.
type TLSConfig struct {
	Certs     []string `toml:"certs" path:"yes" doc:"Certificate chains in PEM, such as certbot's fullchain.pem. Which one is shown follows from the names in it."`
	Keys      []string `toml:"keys" path:"yes" doc:"Private keys in PEM, one for each of certs, in the same order."`
	ClientCAs []string `toml:"client_cas" path:"yes" doc:"Authorities, in PEM, whose certificates people can log in with (SASL EXTERNAL): the address stands in the certificate as XEP-0178 has it. With none, nobody is asked for a certificate."`
}

// AccountsConfig is the section accounts.
type AccountsConfig struct {
	Hashes     []string `toml:"hashes" doc:"Hashes of the SCRAM key sets that are kept for each account; passwords themselves are not kept. The first is what a plain password is checked with."`
	Iterations int      `toml:"iterations" doc:"Rounds for new key sets. More makes a stolen store harder to use, and each login slower for the client. RFC 7677 §4 wants 4096 at least."`
	Cache      int      `toml:"cache" doc:"How many accounts stay in memory, about 1 kB each. The others are read from the store when they are needed."`
}

// RegisterConfig is the section register.
type RegisterConfig struct {
	New      bool     `toml:"new" doc:"Let strangers make accounts. An open door for spam: think twice."`
	Password bool     `toml:"password" doc:"Let people change their password."`
	Remove   bool     `toml:"remove" doc:"Let people remove their account and all it keeps."`
	Burst    int      `toml:"burst" doc:"New accounts from one IP address at once."`
	Every    duration `toml:"every" doc:"After these, one new account from that address each time this long."`
}

// LimitsConfig is the section limits.
type LimitsConfig struct {
	Roster       int `toml:"roster" doc:"Contacts."`
	Offline      int `toml:"offline" doc:"Messages that wait for somebody who is not there. Beyond it, messages are only in the archive; senders of what is not archived get an error."`
	VCardBytes   int `toml:"vcard_bytes" doc:"Size of the vCard, picture included."`
	PrivateBytes int `toml:"private_bytes" doc:"Size of private storage (XEP-0049)."`
	PEPNodes     int `toml:"pep_nodes" doc:"Nodes of personal events (XEP-0163)."`
	PEPItems     int `toml:"pep_items" doc:"Items of one such node; what clients call max. Beyond it, the oldest go."`
	PEPItemBytes int `toml:"pep_item_bytes" doc:"Size of one item, such as the picture of an avatar."`
	PEPBytes     int `toml:"pep_bytes" doc:"Size of all items together."`
}

// RoomsConfig is the section rooms.
type RoomsConfig struct {
	Service   string `toml:"service" doc:"The label before a host's name under which its rooms are. \"\" turns rooms off; what is kept of them stays."`
	Creators  string `toml:"creators" doc:"Who may create rooms: local (accounts of the host), anyone or admins (of the host)."`
	PerPerson int    `toml:"per_person" doc:"Rooms that one person has created and that still exist; administrators may have more."`
	Occupants int    `toml:"occupants" doc:"Sessions in one room."`
	Members   int    `toml:"members" doc:"People of whom one room knows something: owners, admins, members, and those who are banned."`
	History   int    `toml:"history" doc:"Messages that are told to who enters, whatever the room says. Clients read the others in the archive."`

	NickBytes  int `toml:"nick_bytes" doc:"Length of a nickname in bytes."`
	TextBytes  int `toml:"text_bytes" doc:"Length of a subject, of a reason, and of the name and the description of a room, in bytes."`
	VCardBytes int `toml:"vcard_bytes" doc:"Size of the vCard of a room, picture included."`
	Hats       int `toml:"hats" doc:"Hats of one room (XEP-0317)."`

	Rate      int `toml:"rate" off:"-1" doc:"Stanzas a second that one session may send to one room; -1 is no limit."`
	Burst     int `toml:"burst" doc:"How many of these at once."`
	JoinRate  int `toml:"join_rate" off:"-1" doc:"Rooms a second that one person may enter; -1 is no limit."`
	JoinBurst int `toml:"join_burst" doc:"How many of these at once."`

	TimeZone string `toml:"time_zone" doc:"Time zone of the opening hours of rooms, such as Europe/Rome; that of the system, if it is empty."`

	// What a room is like until its owners say otherwise.
	Persistent  bool   `toml:"persistent" doc:"A new room stays when everybody has left. This and the keys below are defaults: owners of a room set what they want."`
	Public      bool   `toml:"public" doc:"A new room is listed."`
	MembersOnly bool   `toml:"members_only" doc:"A new room is for members only."`
	Moderated   bool   `toml:"moderated" doc:"In a new room only those speak who were given voice."`
	Whois       string `toml:"whois" doc:"Who sees the real addresses of those in a new room: moderators or anyone."`
	Archive     bool   `toml:"archive" doc:"What is said in a new room is kept, for as long as the section archive says."`
}

// ArchiveConfig is the section archive.
type ArchiveConfig struct {
	Keep   duration `toml:"keep" off:"0s" doc:"How long messages are kept; 0 is for ever."`
	KeepAt []string `toml:"keep_at" doc:"Hosts that keep messages for another time, such as \"montague.lit=30d\"."`
	Prefer string   `toml:"prefer" doc:"Which messages are kept of people who have not said what they want: always, roster (only those of contacts) or never (XEP-0441)."`
}

// PushConfig is the section push.
type PushConfig struct {
	Summary  bool `toml:"summary" doc:"Tell the push service who wrote and what. It is somebody else's server: without this it learns only that something came."`
	Failures int  `toml:"failures" doc:"Failures in a row after which a device is no longer woken."`
}

// HTTPConfig is the section http.
type HTTPConfig struct {
	Listen      []string `toml:"listen" doc:"Addresses for HTTPS. An empty list turns it off."`
	ListenPlain []string `toml:"listen_plain" doc:"Addresses for HTTP without TLS, for a proxy on this machine that ends TLS."`
	Proxies     []string `toml:"trusted_proxies" doc:"Machines whose word counts on whom they speak for, as addresses or prefixes: proxies in front of this port. What they forward as https counts as encrypted, so the log-ins of clients do too. An empty list trusts nobody."`
	Forwarded   string   `toml:"forwarded" doc:"How they say it: x-forwarded for the headers X-Forwarded-For and X-Forwarded-Proto, or forwarded for Forwarded (RFC 7239). The proxy has to set what is named here."`
	Connections int      `toml:"connections" doc:"Most connections at once."`
	PerAddress  int      `toml:"per_address" doc:"Most connections at once from one IP address; this machine and the trusted proxies are excepted."`
	URL         string   `toml:"url" doc:"How the world reaches this port, such as https://files.capulet.lit, if not by https, the host's name and the port of listen."`
}

// WebimConfig is the section webim.
type WebimConfig struct {
	Enabled     bool     `toml:"enabled" doc:"Answer pages with the webim library. Its own log-in form sends passwords: let people reach it by TLS."`
	Page        bool     `toml:"page" doc:"Show a page of ours at /, to try it out."`
	Secrets     []string `toml:"secrets" doc:"Hosts and the secrets by which back ends vouch for their people, such as \"capulet.lit=SECRET\", of at least 32 characters. A host may have several, while one takes the place of another. doc/webim.md says how to sign."`
	SecretFiles []string `toml:"secret_files" path:"yes" doc:"Files with such lines, to keep the secrets apart. Empty lines and those that begin with # are passed over."`
	Visitors    []string `toml:"visitors" doc:"Hosts that let in people without an account, under a name that ends when they go."`
	Origins     []string `toml:"origins" doc:"Pages of other sites that may use it, such as \"https://www.capulet.lit\"."`
	Server      string   `toml:"server" doc:"URL at which pages poll, if not /packets of where they are: a second name of this server lets more than six tabs poll by HTTP/1.1. It has no question mark."`
	WebSocket   bool     `toml:"websocket" doc:"Have pages use a WebSocket instead of polls. The library does not come back by itself when one is cut."`
	Poll        duration `toml:"poll" doc:"How long a poll waits; less than proxies on the way do."`
	Grace       duration `toml:"grace" doc:"How long a tab without a poll counts as there, and somebody without tabs after that: pages are loaded again."`
	Tabs        int      `toml:"tabs" doc:"Most tabs of one account; beyond it, the one that has not polled for longest ends."`
}

// UploadConfig is the section upload.
type UploadConfig struct {
	Enabled    bool     `toml:"enabled" doc:"Let people upload files."`
	FileBytes  int64    `toml:"file_bytes" doc:"Largest file in bytes."`
	QuotaBytes int64    `toml:"quota_bytes" doc:"What the files of one account may have together, in bytes."`
	Keep       duration `toml:"keep" off:"0s" doc:"How long a file is kept; 0 is for ever."`
	SlotTime   duration `toml:"slot_time" doc:"How long a slot for an upload can be used."`
}

// ExternalConfig is the section external.
type ExternalConfig struct {
	Services []string `toml:"services" doc:"URIs as RFC 7064 and RFC 7065 have them, such as \"stun:stun.capulet.lit\" or \"turn:turn.capulet.lit:3478?transport=udp\"."`
	Secret   string   `toml:"secret" doc:"The secret that the TURN servers share with this one; each client gets a name and a password made of it, which end after some time. Without it, TURN servers are named without credentials."`
	Lifetime duration `toml:"lifetime" doc:"How long such a password is valid."`
}

// ComponentConfig is the section component.
type ComponentConfig struct {
	Listen      []string `toml:"listen" doc:"Addresses for components, such as \"127.0.0.1:5347\". An empty list turns it off. The protocol has no TLS: stay on this machine, or on a network that nobody else listens to."`
	Secrets     []string `toml:"secrets" doc:"The domain of each component and its secret, such as \"echo.capulet.lit=SECRET\"."`
	SecretFiles []string `toml:"secret_files" path:"yes" doc:"Files with such lines, to keep the secrets apart. Empty lines and those that begin with # are passed over."`
}

// StoreConfig is the section store.
type StoreConfig struct {
	FreeBytes int64 `toml:"free_bytes" doc:"Free space of the disk, in bytes, below which nothing more is taken for storing."`
}

// ContactsConfig is the section contacts.
type ContactsConfig struct {
	Abuse    []string `toml:"abuse" doc:"For complaints, such as mailto:abuse@capulet.lit."`
	Admin    []string `toml:"admin" doc:"For everything else."`
	Security []string `toml:"security" doc:"For holes found."`
	Support  []string `toml:"support" doc:"For help."`
}

// Default is the configuration of an empty file.
func Default() Config {
	return Config{
		Hosts:  []string{},
		Admins: []string{},
		Data:   "data",
		Log:    LogConfig{Level: "info", Format: "auto"},
		C2S: C2SConfig{
			Listen:         []string{":5222"},
			ListenTLS:      []string{":5223"},
			ChannelBinding: true,
			Connections:    100_000,
			PerAddress:     100,
			Resources:      32,
			Tries:          5,
			LoginTime:      duration(time.Minute),
			StanzaBytes:    256 << 10,
			RateBytes:      4 << 20,
			QueueBytes:     1 << 20,
			InactiveBytes:  128 << 10,
			Idle:           duration(5 * time.Minute),
			Resume:         duration(5 * time.Minute),
		},
		TLS: TLSConfig{Certs: []string{}, Keys: []string{}, ClientCAs: []string{}},
		Accounts: AccountsConfig{
			Hashes:     []string{string(sasl.SHA256), string(sasl.SHA1), string(sasl.SHA512)},
			Iterations: 10_000,
			Cache:      1000,
		},
		Register: RegisterConfig{Password: true, Remove: true, Burst: 3, Every: duration(10 * time.Minute)},
		Limits: LimitsConfig{
			Roster: 2000, Offline: 1000, VCardBytes: 256 << 10, PrivateBytes: 256 << 10,
			PEPNodes: 300, PEPItems: 2000, PEPItemBytes: 256 << 10, PEPBytes: 16 << 20,
		},
		Rooms: RoomsConfig{
			Service: "conference", Creators: string(muc.Locals), PerPerson: 100, Occupants: 5000, Members: 20_000, History: 50,
			NickBytes: 128, TextBytes: 4 << 10, VCardBytes: 128 << 10, Hats: 50, Rate: 50, Burst: 500, JoinRate: 20, JoinBurst: 500,
			Whois: whoisModerators, Archive: true,
		},
		Archive: ArchiveConfig{Keep: duration(365 * 24 * time.Hour), KeepAt: []string{}, Prefer: "always"},
		Push:    PushConfig{Failures: 10},
		HTTP: HTTPConfig{
			Listen: []string{":5280"}, ListenPlain: []string{},
			Proxies: []string{"127.0.0.0/8", "::1"}, Forwarded: "x-forwarded", Connections: 20_000, PerAddress: 100,
		},
		WebSocket: WebSocketConfig{Enabled: true, Origins: []string{}, Ping: duration(50 * time.Second)},
		BOSH: BOSHConfig{
			Enabled: true, Wait: duration(time.Minute), Hold: 2, Inactivity: duration(time.Minute),
			Pause: duration(2 * time.Minute), BodyBytes: 512 << 10,
		},
		Webim: WebimConfig{
			Enabled: true, Secrets: []string{}, SecretFiles: []string{}, Visitors: []string{}, Origins: []string{},
			Poll: duration(25 * time.Second), Grace: duration(10 * time.Second), Tabs: 16,
		},
		Flash: defaultFlash(), SDK: defaultWebsdk(),
		Plugchat: defaultPlugchat(),
		REST:     RESTConfig{Enabled: true, Open: []string{}, Rate: 100, TokenRate: 300, Zones: []string{}},
		OAuth:    OAuthConfig{Enabled: true},
		Upload: UploadConfig{
			Enabled: true, FileBytes: 100 << 20, QuotaBytes: 1 << 30,
			Keep: duration(30 * 24 * time.Hour), SlotTime: duration(5 * time.Minute),
		},
		External:  ExternalConfig{Services: []string{}, Lifetime: duration(24 * time.Hour)},
		Component: ComponentConfig{Listen: []string{}, Secrets: []string{}, SecretFiles: []string{}},
		Store:     StoreConfig{FreeBytes: 256 << 20},
		Contacts:  ContactsConfig{Abuse: []string{}, Admin: []string{}, Security: []string{}, Support: []string{}},
	}
}
