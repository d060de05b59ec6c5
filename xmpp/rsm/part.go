package rsm

import (
	"strconv"

	"causeway/xmpp/stanza"
)

// A Part tells which part of a list a page is. Make one with Empty or Page.
type Part struct {
	// First and Last are the ids of the first and the last item of the page; both
	// are "" if it has none, and the same if it has one (XEP-0059 #forwards).
	First, Last string
	Index       int // the place of First in the whole list, or Unset
	Count       int // how many items there are in all, or Unset
}

// Page is the part from the item first to the item last.
func Page(first, last string) Part { return Part{First: first, Last: last, Index: Unset, Count: Unset} }

// Empty is a page without items.
func Empty() Part { return Page("", "") }

// Append writes p as the <set/> of an answer.
func (p Part) Append(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, "<set xmlns='"+NS+"'>"...)
	inside := len(dst)
	if p.First != "" {
		dst = append(dst, "<first"...)
		if p.Index >= 0 {
			dst = append(dst, " index='"...)
			dst = strconv.AppendInt(dst, int64(p.Index), 10)
			dst = append(dst, '\'')
		}
		dst = append(dst, '>')
		dst = stanza.AppendText(dst, p.First)
		dst = append(dst, "</first><last>"...)
		dst = stanza.AppendText(dst, p.Last)
		dst = append(dst, "</last>"...)
	}
	if p.Count >= 0 {
		dst = append(dst, "<count>"...)
		dst = strconv.AppendInt(dst, int64(p.Count), 10)
		dst = append(dst, "</count>"...)
	}
	if len(dst) == inside {
		return append(dst[:start], "<set xmlns='"+NS+"'/>"...)
	}
	return append(dst, "</set>"...)
}
