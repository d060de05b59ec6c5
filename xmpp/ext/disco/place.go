package disco

import (
	"context"
	"sync"

	"causeway/xmpp/stanza"
)

// A Place tells what one address is that is neither a host nor an account, such as
// the domain of a service. It is a router.Handler for both namespaces, and has
// neither nodes nor items.
type Place struct {
	info func() []byte // the whole payload
}

// NewPlace makes a Place. The function is called once, when somebody asks for the
// first time.
func NewPlace(info func() Info) *Place {
	return &Place{sync.OnceValue(func() []byte {
		i := info()
		return i.payload("")
	})}
}

// HandleIQ answers disco#info and disco#items.
func (p *Place) HandleIQ(_ context.Context, iq *stanza.Stanza) ([]byte, error) {
	info, node, err := readQuery(iq)
	if err != nil {
		return nil, err
	}
	switch {
	case node != "":
		// XEP-0030 #errors: the "JID+NodeID … does not exist": item-not-found
		return nil, stanza.ItemNotFound.Err("")
	case info:
		return p.info(), nil
	}
	// XEP-0030 #items-basic: without items "the target entity MUST return an empty query element"
	return append(appendQuery(nil, NSItems, ""), "</query>"...), nil
}
