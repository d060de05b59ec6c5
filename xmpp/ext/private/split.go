package private

import "causeway/xmpp/stanza"

// split cuts a query that stands alone into the elements it holds, each of which
// stands alone, too. Their bytes may lie in those of the query.
func split(query []byte) ([]Element, error) {
	_, inside, err := stanza.Split(query)
	if err != nil {
		return nil, err
	}
	elements := make([]Element, len(inside))
	for i, e := range inside {
		elements[i] = Element{Name: Name{e.Space, e.Local}, XML: e.XML}
	}
	return elements, nil
}
