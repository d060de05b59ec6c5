package portable

import (
	"cmp"
	"encoding/xml"
	"slices"

	"causeway/xmpp/jid"
)

// A rule is an item of a privacy list (XEP-0016 #protocol-syntax).
type rule struct {
	Type   string     `xml:"type,attr"`
	Value  string     `xml:"value,attr"`
	Action string     `xml:"action,attr"`
	Order  uint       `xml:"order,attr"`
	Kinds  []struct{} `xml:",any"` // message, iq, presence-in, presence-out; none and all four mean everything
}

// allKinds is how many kinds of stanza a rule can name.
const allKinds = 4

func (r *rule) everything() bool { return len(r.Kinds) == 0 || len(r.Kinds) == allKinds }

// privacy makes the block list of the privacy lists (XEP-0227 #privacy-lists). A
// block list is that part of the default list which denies everything to addresses
// (XEP-0191 #privacy); rules of another kind, and lists that are not the default, have
// no place here.
func (w *walker) privacy(raw []byte) error {
	var q struct {
		Default struct {
			Name *string `xml:"name,attr"`
		} `xml:"default"`
		Lists []struct {
			Name  string `xml:"name,attr"`
			Rules []rule `xml:"item"`
		} `xml:"list"`
	}
	if xml.Unmarshal(raw, &q) != nil {
		return w.emit(problem("privacy lists that cannot be read"))
	}
	for _, l := range q.Lists {
		var err error
		if q.Default.Name != nil && l.Name == *q.Default.Name {
			err = w.rules(l.Rules)
		} else {
			err = w.emit(problem("privacy list that is not the default"))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rules takes the rules of the default list in their order, until one decides about
// everybody (XEP-0016 #protocol-processing: the first that matches counts).
func (w *walker) rules(list []rule) error {
	slices.SortStableFunc(list, func(a, b rule) int { return cmp.Compare(a.Order, b.Order) })
	allowed := make(map[jid.JID]bool)
	for i := range list {
		r := &list[i]
		if r.Type == "" && r.Action == "allow" && r.everything() {
			return nil // which is what happens without a rule
		}
		j, err := w.address(r.Value)
		if r.Type == "jid" && err == nil && r.Action == "deny" && r.everything() {
			if allowed[j] {
				continue
			}
			if err := w.emit(Blocked{JID: j}); err != nil {
				return err
			}
			continue
		}
		if r.Type == "jid" && err == nil && r.Action == "allow" {
			allowed[j] = true
		}
		if err := w.emit(problem("privacy rule that is not a block of one address")); err != nil {
			return err
		}
	}
	return nil
}
