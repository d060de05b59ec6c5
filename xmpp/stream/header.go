package stream

// NS is the namespace of the stream element itself (RFC 6120 §4.8.1).
const NS = "http://etherx.jabber.org/streams"

// The content namespaces (RFC 6120 §4.8.2, XEP-0114 #proto).
const (
	NSClient    = "jabber:client"
	NSServer    = "jabber:server"
	NSComponent = "jabber:component:accept"
)

// A Declaration is a prefix and the namespace it stands for.
type Declaration struct{ Prefix, NS string }

// A Header is the opening tag of a stream (RFC 6120 §4.7), unescaped.
type Header struct {
	To, From, ID, Lang, Version string
	ContentNS                   string        // the default namespace
	Prefixes                    []Declaration // those declared beside the one of the stream element
}

// AppendHeader appends the XML declaration and the opening tag that h says.
func AppendHeader(dst []byte, h *Header) []byte { return dst }

// AppendClose appends the closing tag.
func AppendClose(dst []byte) []byte { return append(dst, "</stream:stream>"...) }
