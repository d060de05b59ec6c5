package sasl

import "slices"

// Names of the mechanisms that are not SCRAM. Those of SCRAM are the hashes, with plusSuffix for channel binding.
const (
	externalName  = "EXTERNAL"
	plainName     = "PLAIN"
	bearerName    = "OAUTHBEARER"
	anonymousName = "ANONYMOUS"
	plusSuffix    = "-PLUS"
)

// offer is one mechanism that a configuration allows.
type offer struct {
	name  string
	start func() mechanism
}

// Mechanisms lists what may be offered to the client, "in order of perceived strength" (RFC 6120 §6.3.3), strongest
// first. secure says that the stream is encrypted.
func Mechanisms(cfg Config, secure bool) []string {
	var names []string
	for _, o := range offers(cfg) {
		// PLAIN has no confidentiality of its own (RFC 4616 §1), nor has OAUTHBEARER, whose tokens go over TLS only
		// (RFC 6750 §5.3), and EXTERNAL here means a certificate of the TLS layer (RFC 6120 §6.3.4).
		if !secure && (o.name == plainName || o.name == bearerName || o.name == externalName) {
			continue
		}
		names = append(names, o.name)
	}
	return names
}

// offers lists all mechanisms that cfg allows, strongest first. It is the only place that knows which there are.
func offers(cfg Config) []offer {
	var list []offer
	if cfg.Certificate != nil {
		list = append(list, offer{externalName, func() mechanism {
			return external{certificate: cfg.Certificate, domain: cfg.Domain}
		}})
	}
	if cfg.Directory != nil {
		if plusOffered(cfg) {
			for _, h := range cfg.hashes() {
				list = append(list, offer{string(h) + plusSuffix, func() mechanism {
					return &scram{cfg: cfg, hash: h, plus: true}
				}})
			}
		}
		for _, h := range cfg.hashes() {
			list = append(list, offer{string(h), func() mechanism { return &scram{cfg: cfg, hash: h} }})
		}
	}
	if cfg.Tokens != nil {
		list = append(list, offer{bearerName, func() mechanism { return &oauthBearer{cfg: cfg} }})
	}
	if cfg.Directory != nil {
		list = append(list, offer{plainName, func() mechanism {
			return plain{directory: cfg.Directory, tokens: cfg.Tokens, domain: cfg.Domain}
		}})
	}
	if cfg.Anonymous != nil {
		list = append(list, offer{anonymousName, func() mechanism { return anonymous{user: cfg.Anonymous} }})
	}
	return list
}

// hashes lists the hashes that every account can log in with, strongest first.
func (cfg *Config) hashes() []Hash {
	return slices.DeleteFunc(Hashes(), func(h Hash) bool { return slices.Contains(cfg.Lacking, h) })
}

// plusOffered reports whether the -PLUS mechanisms are among the offers.
func plusOffered(cfg Config) bool {
	return cfg.PlusOffered && len(cfg.Binding.Types()) > 0 && len(cfg.hashes()) > 0
}
