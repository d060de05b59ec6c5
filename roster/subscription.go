package roster

import (
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// State is one of the nine states that two people's subscriptions can be in,
// seen from the owner of a roster (RFC 6121 §A.1).
type State uint8

// The states, in the order of Appendix A.
const (
	StateNone State = iota
	NonePendingOut
	NonePendingIn
	NonePendingOutIn
	StateTo
	ToPendingIn
	StateFrom
	FromPendingOut
	StateBoth

	states = iota
)

var stateNames = [states]string{
	"None", "None + Pending Out", "None + Pending In", "None + Pending Out+In",
	"To", "To + Pending In", "From", "From + Pending Out", "Both",
}

// String gives the name that Appendix A uses.
func (s State) String() string { return stateNames[s] }

// An effect is what becomes of a subscription stanza besides the new state.
type effect uint8

const (
	// stop: it is neither routed nor delivered.
	stop effect = iota
	// pass: an outbound stanza is routed, an inbound one delivered.
	pass
	// approve: an outbound "subscribed" is kept as a pre-approval (RFC 6121 §3.4.2).
	approve
	// retract: an outbound "unsubscribed" takes a pre-approval back (RFC 6121 §3.2.2).
	retract
	// answer: an inbound stanza is answered in the owner's name, not delivered.
	answer
	// passAnswer: it is delivered and answered.
	passAnswer
)

// A rule is one line of a table of Appendix A.
type rule struct {
	effect effect
	next   State
}

// A table has a rule for each existing state.
type table [states]rule

// outbound holds the tables for what the owner sends (RFC 6121 §A.2).
var outbound = map[stanza.Type]table{
	stanza.Subscribe: { // RFC 6121 §A.2.1, Table 2
		StateNone:        {pass, NonePendingOut},
		NonePendingOut:   {pass, NonePendingOut},
		NonePendingIn:    {pass, NonePendingOutIn},
		NonePendingOutIn: {pass, NonePendingOutIn},
		StateTo:          {pass, StateTo},
		ToPendingIn:      {pass, ToPendingIn},
		StateFrom:        {pass, FromPendingOut},
		FromPendingOut:   {pass, FromPendingOut},
		StateBoth:        {pass, StateBoth},
	},
	stanza.Unsubscribe: { // RFC 6121 §A.2.2, Table 3
		StateNone:        {pass, StateNone},
		NonePendingOut:   {pass, StateNone},
		NonePendingIn:    {pass, NonePendingIn},
		NonePendingOutIn: {pass, NonePendingIn},
		StateTo:          {pass, StateNone},
		ToPendingIn:      {pass, NonePendingIn},
		StateFrom:        {pass, StateFrom},
		FromPendingOut:   {pass, StateFrom},
		StateBoth:        {pass, StateFrom},
	},
	stanza.Subscribed: { // RFC 6121 §A.2.3, Table 4
		StateNone:        {approve, StateNone},
		NonePendingOut:   {approve, NonePendingOut},
		NonePendingIn:    {pass, StateFrom},
		NonePendingOutIn: {pass, FromPendingOut},
		StateTo:          {approve, StateTo},
		ToPendingIn:      {pass, StateBoth},
		StateFrom:        {stop, StateFrom},
		FromPendingOut:   {stop, FromPendingOut},
		StateBoth:        {stop, StateBoth},
	},
	stanza.Unsubscribed: { // RFC 6121 §A.2.4, Table 5
		StateNone:        {retract, StateNone},
		NonePendingOut:   {retract, NonePendingOut},
		NonePendingIn:    {pass, StateNone},
		NonePendingOutIn: {pass, NonePendingOut},
		StateTo:          {retract, StateTo},
		ToPendingIn:      {pass, StateTo},
		StateFrom:        {pass, StateNone},
		FromPendingOut:   {pass, NonePendingOut},
		StateBoth:        {pass, StateTo},
	},
}

// inbound holds the tables for what the contact sends (RFC 6121 §A.3).
var inbound = map[stanza.Type]table{
	stanza.Subscribe: { // RFC 6121 §A.3.1, Table 6
		StateNone:        {pass, NonePendingIn},
		NonePendingOut:   {pass, NonePendingOutIn},
		NonePendingIn:    {stop, NonePendingIn},
		NonePendingOutIn: {stop, NonePendingOutIn},
		StateTo:          {pass, ToPendingIn},
		ToPendingIn:      {stop, ToPendingIn},
		StateFrom:        {answer, StateFrom},
		FromPendingOut:   {answer, FromPendingOut},
		StateBoth:        {answer, StateBoth},
	},
	stanza.Unsubscribe: { // RFC 6121 §A.3.2, Table 7
		StateNone:        {stop, StateNone},
		NonePendingOut:   {stop, NonePendingOut},
		NonePendingIn:    {passAnswer, StateNone},
		NonePendingOutIn: {passAnswer, NonePendingOut},
		StateTo:          {stop, StateTo},
		ToPendingIn:      {passAnswer, StateTo},
		StateFrom:        {passAnswer, StateNone},
		FromPendingOut:   {passAnswer, NonePendingOut},
		StateBoth:        {passAnswer, StateTo},
	},
	stanza.Subscribed: { // RFC 6121 §A.3.3, Table 8
		StateNone:        {stop, StateNone},
		NonePendingOut:   {pass, StateTo},
		NonePendingIn:    {stop, NonePendingIn},
		NonePendingOutIn: {pass, ToPendingIn},
		StateTo:          {stop, StateTo},
		ToPendingIn:      {stop, ToPendingIn},
		StateFrom:        {stop, StateFrom},
		FromPendingOut:   {pass, StateBoth},
		StateBoth:        {stop, StateBoth},
	},
	stanza.Unsubscribed: { // RFC 6121 §A.3.4, Table 9
		StateNone:        {stop, StateNone},
		NonePendingOut:   {pass, StateNone},
		NonePendingIn:    {stop, NonePendingIn},
		NonePendingOutIn: {pass, NonePendingIn},
		StateTo:          {pass, StateNone},
		ToPendingIn:      {pass, NonePendingIn},
		StateFrom:        {stop, StateFrom},
		FromPendingOut:   {pass, StateFrom},
		StateBoth:        {pass, StateFrom},
	},
}

// preApproved takes the place of Table 6 for an item that is approved: the
// request is not delivered but answered at once (RFC 6121 §3.4.2). A pre-approval
// excludes Pending In, so those states cannot come; they are answered the same.
var preApproved = table{
	StateNone:        {answer, StateFrom},
	NonePendingOut:   {answer, FromPendingOut},
	NonePendingIn:    {answer, StateFrom},
	NonePendingOutIn: {answer, FromPendingOut},
	StateTo:          {answer, StateBoth},
	ToPendingIn:      {answer, StateBoth},
	StateFrom:        {answer, StateFrom},
	FromPendingOut:   {answer, FromPendingOut},
	StateBoth:        {answer, StateBoth},
}

// send is what becomes of the owner's item for a contact when the owner sends it
// a subscription stanza of type t. It gives old back if nothing changes, and
// nil when nothing is left to keep. It is pure.
func send(old *Item, contact jid.JID, t stanza.Type) (*Item, rule) {
	r := outbound[t][old.State()]
	was := old != nil && old.Approved
	// RFC 6121 §3.4.2: a pre-approval that was made use of stays on record "until
	// and unless the user sends a presence stanza of type 'unsubscribed'".
	approved := r.effect == approve || was && t != stanza.Unsubscribed
	if r.next == old.State() && approved == was {
		return old, r
	}
	next := old.draft(contact)
	next.Approved = approved
	next.enter(r.next)
	// What the owner does about a contact puts it on the roster (RFC 6121 §3.1.2,
	// §3.1.5, §3.4.2); only a request that is denied leaves nothing behind.
	next.Listed = next.Listed || r.next != StateNone || approved
	return next.kept(), r
}

// receive is what becomes of the owner's item when the contact sends a
// subscription stanza of type t. Request, not empty, is kept in the item if the
// owner has to answer it. Otherwise it is like send.
func receive(old *Item, contact jid.JID, t stanza.Type, request []byte) (*Item, rule) {
	r := inbound[t][old.State()]
	if t == stanza.Subscribe && old != nil && old.Approved {
		r = preApproved[old.State()]
	}
	if r.next == old.State() {
		return old, r
	}
	next := old.draft(contact)
	if next.Request == nil {
		next.Request = request
	}
	next.enter(r.next)
	return next.kept(), r
}

// enter puts the item into a state. Into one with Pending In it goes with its Request set.
func (it *Item) enter(s State) {
	it.Subscription = s.subscription()
	it.Ask = s.pendingOut()
	if !s.pendingIn() {
		it.Request = nil
	}
}

// subscription gives the subscription attribute in a state.
func (s State) subscription() Subscription {
	switch s {
	case StateTo, ToPendingIn:
		return To
	case StateFrom, FromPendingOut:
		return From
	case StateBoth:
		return Both
	default:
		return None
	}
}

// pendingOut reports whether the owner has asked and not been answered.
func (s State) pendingOut() bool {
	return s == NonePendingOut || s == NonePendingOutIn || s == FromPendingOut
}

// pendingIn reports whether the contact has asked and not been answered.
func (s State) pendingIn() bool {
	return s == NonePendingIn || s == NonePendingOutIn || s == ToPendingIn
}
