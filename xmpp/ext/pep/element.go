package pep

import "causeway/xmpp/stanza"

// inside gives the elements directly inside e. The error is a *stanza.Error.
func inside(e *stanza.Element) ([]stanza.Element, error) {
	list, err := e.Inside()
	if err != nil {
		return nil, stanza.BadRequest.Err("the request cannot be read")
	}
	return list, nil
}

// rootSpace gives the namespace of the element raw, which stands alone.
func rootSpace(raw []byte) string {
	e, _, err := stanza.Split(raw)
	if err != nil {
		return ""
	}
	return e.Space
}
