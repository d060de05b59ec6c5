package daemon

import (
	"context"
	"crypto/tls"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"causeway/bridge"
	"causeway/bridge/flash"
	"causeway/bridge/oauth"
	"causeway/bridge/plugchat"
	restapi "causeway/bridge/rest"
	"causeway/bridge/webim"
	"causeway/bridge/websdk"
	"causeway/muc"
	"causeway/roster"
	"causeway/store"
	"causeway/store/badger"
	"causeway/xmpp/account"
	"causeway/xmpp/c2s"
	"causeway/xmpp/component"
	"causeway/xmpp/ext/archive"
	"causeway/xmpp/ext/blocking"
	"causeway/xmpp/ext/carbons"
	"causeway/xmpp/ext/command"
	"causeway/xmpp/ext/disco"
	"causeway/xmpp/ext/entitytime"
	"causeway/xmpp/ext/last"
	"causeway/xmpp/ext/offline"
	"causeway/xmpp/ext/pep"
	"causeway/xmpp/ext/ping"
	"causeway/xmpp/ext/private"
	"causeway/xmpp/ext/push"
	"causeway/xmpp/ext/register"
	"causeway/xmpp/ext/upload"
	"causeway/xmpp/ext/vcard"
	"causeway/xmpp/ext/version"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/sasl"
)

// A house is a whole server without its listeners.
type house struct {
	cfg        Config
	log        *slog.Logger
	started    time.Time
	reread     func() (Config, error) // reads the configuration again; nil if there is nothing to read
	store      *store.Store
	router     *router.Router
	accounts   *account.Service
	queue      *offline.Service
	archive    *archive.Service
	roster     *roster.Service
	vcards     *vcard.Service
	blocks     *blocking.Service
	private    *private.Service
	rooms      *muc.Service // nil if they are turned off
	events     *pep.Service
	commands   *command.Service
	push       *push.Service
	register   *register.Service
	status     status
	presence   router.PresenceService // what the router has for presence
	interests  pep.Interests          // what clients want to hear of; nil while nobody knows
	certs      *certificates          // nil if the house has no edges
	clients    *c2s.Server            // nil if the house has no edges
	web        *bridge.Server         // nil if the house has no edges
	port       *bridge.Port           // nil if the house has no edges
	webim      *webim.Handler         // nil if it is not wanted
	flash      *flash.Server          // nil if it is not wanted
	plugchat   *plugchat.Handler      // nil if it is not wanted
	demo       []tryApp               // the site of a throw-away server that has a chat bar
	rest       *restapi.Handler       // nil if it is not wanted
	oauth      *oauth.Handler         // nil if it is not wanted
	websdk     *websdk.Adapter        // nil if no host wants it
	throttle   *account.Throttle
	uploads    *upload.Service
	components *component.Server
	apps       *store.Apps // what the bridges let in
	tokens     store.Tokens
	consents   bridge.Consents

	changed []func(jid.JID) // make services forget what they remember of an account

	// What services have discovery tell of themselves.
	hostItems         []func(host jid.JID) []disco.Item
	accountIdentities []disco.Identity
	accountNodes      []disco.NodeService
	hostIdentities    []disco.Identity
}

// A plan says which house is wanted.
type plan struct {
	edges  bool     // it will be reached over the network
	memory bool     // nothing is kept
	cast   []person // of a throw-away server: whose passwords its page may know
}

// build makes a house, everything that is needed first.
func build(ctx context.Context, cfg Config, p plan, log *slog.Logger) (*house, error) {
	h := &house{cfg: cfg, log: log, started: time.Now()}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return nil, hinted(fmt.Errorf("data folder: %w", err), "--data names another")
	}
	if p.edges {
		var err error
		if h.certs, err = openCertificates(&cfg, log); err != nil {
			return nil, err
		}
	}
	var err error
	h.store, err = store.Open(ctx, badger.Options{
		Dir: storeDir(&cfg, p), Memory: p.memory, LowWater: uint64(cfg.Store.FreeBytes), Logger: log,
	})
	if err != nil {
		hint := "if no other process uses the data folder, the store is damaged: causeway restore brings a backup back"
		if errors.Is(err, fs.ErrPermission) {
			hint = "run causeway as the user that the data folder belongs to"
		}
		return nil, hinted(fmt.Errorf("open store: %w", err), hint)
	}
	h.services()
	h.admitting()
	h.archiving()
	h.eventing()
	h.pushing()
	h.uploading()
	h.external()
	if err := errors.Join(h.gathering(ctx), h.attaching(), h.stopping(ctx)); err != nil {
		return nil, errors.Join(err, h.store.Close())
	}
	h.managing()
	h.accounts.OnRemove(h.store.Forget) // behind those that look up what they have kept
	// Last: what they remember may be read again until it is gone from the store, and must
	// not be known of whoever gets the name next.
	h.accounts.OnRemove(h.archive.Forget)
	h.accounts.OnRemove(h.push.Forget)
	h.discover()
	if p.edges {
		if err := h.edges(ctx, p.cast); err != nil {
			return nil, errors.Join(err, h.store.Close())
		}
	}
	return h, nil
}

// storeDir is where the store's files are.
func storeDir(cfg *Config, p plan) string {
	if p.memory {
		return ""
	}
	return filepath.Join(cfg.Data, "store")
}

// services makes the router and all that answers behind it. The order is that of
// the pictures: the router, who people are, whom they know, what they keep, and
// last what is collected from all of these.
func (h *house) services() {
	cfg, log := &h.cfg, h.log
	h.accounts = account.New(h.store.Accounts(), account.Config{
		Hosts: cfg.hosts(), Admins: addresses(cfg.Admins), Iterations: cfg.Accounts.Iterations,
		Hashes: hashes(cfg.Accounts.Hashes), Cache: cfg.Accounts.Cache, Logger: log, Computing: newSpread().begin,
	})
	r := router.New(router.Config{Hosts: cfg.hosts(), Accounts: h.accounts, Resources: cfg.C2S.Resources, Logger: log})
	h.router = r

	contacts := roster.New(roster.Config{
		Store: h.store.Rosters(), Router: r, Logger: log,
		// A roster goes to a client at once, and other things wait beside it.
		Limits: roster.Limits{Items: cfg.Limits.Roster, Bytes: min(512<<10, cfg.C2S.QueueBytes/2)},
	})
	r.HandleIQ(router.AtAccount, roster.NS, contacts)
	r.HandleIQ(router.AtAccount, roster.NSInvisible, contacts.Invisible())
	r.AddFeatures(router.AtHost, roster.NSInvisible) // XEP-0186 #support has a client ask the host
	lastSeen := last.New(h.store.Departures(), contacts, online{r})
	r.HandleIQ(router.AtHost|router.AtAccount, last.NS, lastSeen)
	h.presence = presence{contacts, lastSeen, log}
	r.SetPresence(h.presence)

	queue := offline.New(offline.Config{Store: h.store.Offline(), Messages: cfg.Limits.Offline, Logger: log})
	r.SetOffline(queue)
	// XEP-0191 #disco and XEP-0054 #support have a client ask the host.
	r.AddFeatures(router.AtHost, offline.Feature, carbons.NS, blocking.NS, vcard.NS, private.NS)
	blocks := blocking.New(blocking.Config{Store: h.store.Blocks(), Subscribers: watchers{contacts}, Router: r, Logger: log})
	r.HandleIQ(router.AtAccount, blocking.NS, blocks)
	r.SetGuard(blocks)

	h.private = private.New(h.store.Private(), private.Quota{Bytes: cfg.Limits.PrivateBytes})
	r.HandleIQ(router.AtAccount, private.NS, h.private)
	h.vcards = vcard.New(h.store.VCards(), cfg.Limits.VCardBytes)
	r.HandleIQ(router.AtAccount, vcard.NS, h.vcards)
	copies := carbons.New(r)
	r.HandleIQ(router.AtAccount, carbons.NS, copies)
	r.AddFollower(copies)
	r.HandleIQ(router.AtHost|router.AtAccount, ping.NS, ping.New())
	r.HandleIQ(router.AtHost, version.NS, version.New("Causeway", release, runtime.GOOS))
	r.HandleIQ(router.AtHost, entitytime.NS, entitytime.New(time.Local))

	h.accounts.OnEnd(h.endSessions(account.EndSessions(r)))
	h.accounts.OnRemove(contacts.Forget)
	h.accounts.OnRemove(queue.Remove)
	h.accounts.OnRemove(blocks.Remove)
	h.changed = append(h.changed, h.accounts.Changed, contacts.Changed, blocks.Changed)
	h.register = register.New(strangers{h.accounts}, r,
		account.NewAddressLimit(cfg.Register.Burst, time.Duration(cfg.Register.Every)), register.Config{
			New: cfg.Register.New, Password: cfg.Register.Password, Removal: cfg.Register.Remove, Logger: log,
		})
	r.HandleIQ(router.AtHost|router.AtAccount, register.NS, h.register)

	admin := account.NewAdmin(h.accounts, r)
	admin.LastLogin, admin.Connection = departed(h.store), connection
	commands := command.New()
	for _, c := range admin.Commands() {
		commands.Add(command.Command(c))
	}
	commands.Add(h.statusCommand())
	commands.Add(h.backupCommand())
	for _, c := range h.portableCommands() {
		commands.Add(c)
	}
	r.HandleIQ(router.AtHost, command.NS, commands)

	h.commands = commands
	h.queue, h.roster, h.blocks = queue, contacts, blocks
}

// discover makes the service that tells what there is. It comes last, when all of it is there.
func (h *house) discover() {
	r := h.router
	discovery := disco.New(disco.Config{
		Name:         "Causeway",
		HostFeatures: features(r, router.AtHost), AccountFeatures: features(r, router.AtAccount),
		HostItems: func(host jid.JID) (items []disco.Item) {
			for _, of := range h.hostItems {
				items = append(items, of(host)...)
			}
			return items
		},
		AccountIdentities: h.accountIdentities, HostIdentities: h.hostIdentities,
		Resources: online{r}.resources, Subscriptions: h.roster,
		Nodes: []disco.NodeService{commandNodes{h.commands}}, AccountNodes: h.accountNodes,
		Contacts: contactFields(&h.cfg),
	})
	r.HandleIQ(router.AtHost|router.AtAccount, disco.NSInfo, discovery)
	r.HandleIQ(router.AtHost|router.AtAccount, disco.NSItems, discovery)
}

// edges makes what takes connections.
func (h *house) edges(ctx context.Context, cast []person) error {
	cfg := &h.cfg
	h.throttle = account.NewThrottle(0) // who guesses does so at one edge as at another
	h.openPort()
	err := h.openWeb()
	if err != nil {
		return err
	}
	err = h.openWebim(ctx)
	if err != nil {
		return err
	}
	if err := h.openFlash(ctx, h.apps); err != nil {
		return err
	}
	if err = h.openOAuth(ctx); err != nil {
		return err
	}
	if err = h.openPlugchat(ctx, cast); err != nil {
		return err
	}
	if err = h.openREST(ctx); err != nil {
		return err
	}
	h.openWebsdk()
	h.openPage(cast)
	h.clients, err = c2s.New(c2s.Config{
		Router: c2s.Routed(h.router),
		Directories: func(ctx context.Context, host string) (sasl.Directory, error) {
			return h.accounts.Directory(ctx, host)
		},
		Tokens:        h.tokensOf,
		Throttle:      h.throttle,
		Holder:        h.queue,
		Missed:        h.push.Missed,
		Behind:        h.store.Behind,
		TLS:           &tls.Config{GetCertificate: h.certs.get, MinVersion: tls.VersionTLS12},
		ClientCAs:     h.certs.clientCAs(),
		PlainLoopback: cfg.C2S.PlainLoopback,
		Binding:       cfg.C2S.ChannelBinding,
		// RFC 6121 §2.6.1 and §3.4: a server that does these "MUST advertise" them.
		Advertised: []xml.Name{{Space: roster.NSVersioning, Local: "ver"}, {Space: roster.NSPreApproval, Local: "sub"}},
		Registrar:  h.register,
		Logger:     h.log,
		Limits: c2s.Limits{
			Connections: cfg.C2S.Connections, PerAddress: cfg.C2S.PerAddress, Tries: cfg.C2S.Tries,
			StanzaBytes: cfg.C2S.StanzaBytes, Rate: cfg.C2S.RateBytes, Queue: cfg.C2S.QueueBytes, Login: time.Duration(cfg.C2S.LoginTime),
			Deferred: cfg.C2S.InactiveBytes, Idle: time.Duration(cfg.C2S.Idle), Resume: time.Duration(cfg.C2S.Resume),
		},
	})
	return err
}
