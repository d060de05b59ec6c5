package muc

import (
	"slices"
	"strconv"
	"strings"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// formSettings is the form of a room's settings (XEP-0045 #registrar-formtype-owner). The
// fields are in the order in which people see them.
const formSettings = NS + "#roomconfig"

const (
	fieldName        = "muc#roomconfig_roomname"
	fieldDescription = "muc#roomconfig_roomdesc"
	fieldLang        = "muc#roomconfig_lang"
	fieldPubSub      = "muc#roomconfig_pubsub"
	fieldPersistent  = "muc#roomconfig_persistentroom"
	fieldPublic      = "muc#roomconfig_publicroom"
	fieldMembersOnly = "muc#roomconfig_membersonly"
	fieldModerated   = "muc#roomconfig_moderatedroom"
	fieldProtected   = "muc#roomconfig_passwordprotectedroom"
	fieldSecret      = "muc#roomconfig_roomsecret"
	fieldWhois       = "muc#roomconfig_whois"
	fieldPrivate     = "muc#roomconfig_allowpm"
	fieldSubject     = "muc#roomconfig_changesubject"
	fieldInvites     = "muc#roomconfig_allowinvites"
	fieldMemberList  = "muc#roomconfig_getmemberlist"
	fieldBroadcast   = "muc#roomconfig_presencebroadcast"
	fieldArchive     = "muc#roomconfig_enablelogging"
	fieldMaxUsers    = "muc#roomconfig_maxusers"
	fieldHistory     = "muc#maxhistoryfetch"
	fieldAdmins      = "muc#roomconfig_roomadmins"
	fieldOwners      = "muc#roomconfig_roomowners"
)

// Fields of ours: "the name of the field MUST be namespaced using Clark Notation"
// (XEP-0068 #usecases-msg and the ones around it); doc/namespaces.md.
const (
	fieldOpen       = "{" + nsRooms + "}open"
	fieldHours      = "{" + nsRooms + "}hours"
	fieldGuests     = "{" + nsRooms + "}guests"
	fieldWelcome    = "{" + nsRooms + "}welcome"
	fieldAudio      = "{" + nsRooms + "}audio"
	fieldVideo      = "{" + nsRooms + "}video"
	fieldWhiteboard = "{" + nsRooms + "}whiteboard"
	fieldDisplay    = "{" + nsRooms + "}display"
	fieldSpeakers   = "{" + nsRooms + "}speakers"
	fieldNumber     = "{" + nsRooms + "}number"
)

// settingsForm asks for the settings, as they are now.
func (r *room) settingsForm() *form.Form {
	s := &r.Settings
	f := form.New(
		form.Ask, formSettings,
		text(fieldName, "Name", s.Name),
		text(fieldDescription, "Description", s.Description),
		text(fieldLang, "Language of the discussions", s.Lang),
		yesNo(fieldPersistent, "Keep the room when everybody has left?", s.Persistent),
		yesNo(fieldPublic, "List the room publicly?", s.Public),
		yesNo(fieldMembersOnly, "Only for members?", s.MembersOnly),
		yesNo(fieldModerated, "Only who has been given voice may speak?", s.Moderated),
		yesNo(fieldProtected, "Ask for a password?", s.Password != ""),
		form.Field{Var: fieldSecret, Type: form.TextPrivate, Label: "Password", Values: []string{s.Password}},
		choice(fieldWhois, "Who sees real addresses?", whoisNames[s.Whois], "moderators", "Moderators", "anyone", "Anyone"),
		choice(fieldPrivate, "Who may send private messages?", privateName(s.PrivateFrom),
			"anyone", "Anyone", "participants", "Who has voice", "moderators", "Moderators", "none", "Nobody"),
		yesNo(fieldSubject, "May occupants change the subject?", s.Subject < Moderator),
		yesNo(fieldInvites, "May members invite others?", s.Invites),
		roles(fieldMemberList, "Who may see the list of members?", rolesFrom(s.MemberList)),
		roles(fieldBroadcast, "Whose presence is told?", s.Broadcast),
		yesNo(fieldArchive, "Keep what is said, for those who may enter?", s.Archive),
		r.maxUsersField(),
		text(fieldHistory, "Messages that are told to who enters", strconv.Itoa(s.HistoryLength)),
		text(fieldPubSub, "URI of a node that belongs to the room", s.PubSub),
		yesNo(fieldOpen, "May people be in the room?", !s.Closed),
		lines(fieldHours, "When the room is open, a span in each line; none is always", s.Hours),
		yesNo(fieldGuests, "May people without an account enter?", !s.NoGuests),
		lines(fieldWelcome, "What is told to who enters", s.Welcome),
		yesNo(fieldAudio, "Is the room for audio, too?", s.Audio),
		yesNo(fieldVideo, "Is the room for video, too?", s.Video),
		yesNo(fieldWhiteboard, "Has the room a whiteboard?", s.Whiteboard),
		text(fieldDisplay, "Where the room is shown: 0 everywhere, 2 where people have avatars", strconv.Itoa(s.Display)),
		r.peopleField(fieldAdmins, "Admins", Admin),
		r.peopleField(fieldOwners, "Owners", Owner))
	f.Title = "Settings of " + r.jid.String()
	return f
}

func text(name, label, value string) form.Field {
	return form.Field{Var: name, Type: form.TextSingle, Label: label, Values: []string{value}}
}

// lines asks for a text of several.
func lines(name, label, value string) form.Field {
	f := form.Field{Var: name, Type: form.TextMulti, Label: label}
	if value != "" {
		f.Values = strings.Split(value, "\n")
	}
	return f
}

func yesNo(name, label string, value bool) form.Field {
	v := "0"
	if value {
		v = "1"
	}
	return form.Field{Var: name, Type: form.Boolean, Label: label, Values: []string{v}}
}

// choice makes a list of which one is chosen; pairs are values and what people read.
func choice(name, label, value string, pairs ...string) form.Field {
	f := form.Field{Var: name, Type: form.ListSingle, Label: label, Values: []string{value}}
	for pair := range slices.Chunk(pairs, 2) {
		f.Options = append(f.Options, form.Option{Label: pair[1], Value: pair[0]})
	}
	return f
}

func roles(name, label string, set Roles) form.Field {
	f := form.Field{Var: name, Type: form.ListMulti, Label: label}
	for role := Visitor; role <= Moderator; role++ {
		f.Options = append(f.Options, form.Option{Label: role.String(), Value: role.String()})
		if set.Has(role) {
			f.Values = append(f.Values, role.String())
		}
	}
	return f
}

// rolesFrom is the set of a role and all above it.
func rolesFrom(least Role) (set Roles) {
	for role := max(least, Visitor); role <= Moderator; role++ {
		set |= RolesOf(role)
	}
	return set
}

// maxUsersField offers round numbers, and what is set now.
func (r *room) maxUsersField() form.Field {
	now := "none"
	if n := r.Settings.MaxUsers; n > 0 {
		now = strconv.Itoa(n)
	}
	numbers := []int{10, 20, 50, 100, 200, 500, 1000, 2000, 5000}
	if n := r.Settings.MaxUsers; n > 0 && !slices.Contains(numbers, n) {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	f := form.Field{Var: fieldMaxUsers, Type: form.ListSingle, Label: "Most occupants", Values: []string{now}}
	for _, n := range numbers {
		if n <= r.service.cfg.Limits.Occupants {
			f.Options = append(f.Options, form.Option{Label: strconv.Itoa(n), Value: strconv.Itoa(n)})
		}
	}
	f.Options = append(f.Options, form.Option{Label: "As many as the service allows", Value: "none"})
	return f
}

func (r *room) peopleField(name, label string, a Affiliation) form.Field {
	f := form.Field{Var: name, Type: form.JIDMulti, Label: label}
	for _, j := range r.peopleOf(a) {
		f.Values = append(f.Values, j.String())
	}
	slices.Sort(f.Values)
	return f
}

var whoisNames = [...]string{ToModerators: "moderators", ToAnyone: "anyone"}

// privateName is the word for who may send private messages.
func privateName(least Role) string {
	switch least {
	case Participant:
		return "participants"
	case Moderator:
		return "moderators"
	case Nobody:
		return "none"
	default:
		return "anyone"
	}
}

// A reader takes values out of a submitted form; what is not there stays as it was.
type reader struct {
	form  *form.Form
	most  int // bytes of a text
	fault *stanza.Error
}

// value gives the one value of a field that was filled in.
func (f *reader) value(name string) (v string, ok bool) {
	field := f.form.Field(name)
	if field == nil || f.fault != nil {
		return "", false
	}
	switch len(field.Values) {
	case 0:
		return "", true
	case 1:
		if len(field.Values[0]) > f.most {
			f.fault = stanza.NotAcceptable.Err(name + " is too long")
		}
		return strings.TrimSpace(field.Values[0]), f.fault == nil
	}
	f.fault = stanza.BadRequest.Err(name + " has one value")
	return "", false
}

func (f *reader) text(name string, to *string) {
	if v, ok := f.value(name); ok {
		*to = v
	}
}

func (f *reader) yesNo(name string, to *bool) {
	v, ok := f.value(name)
	if !ok {
		return
	}
	switch v { // XEP-0004 #protocol-fieldtypes: boolean
	case "1", "true":
		*to = true
	case "0", "false", "":
		*to = false
	default:
		f.fault = stanza.BadRequest.Err(name + " is yes or no")
	}
}

// pick takes one of the words that a setting knows.
func pick[T any](f *reader, name string, to *T, words map[string]T) {
	v, ok := f.value(name)
	if !ok {
		return
	}
	if value, known := words[v]; known {
		*to = value
		return
	}
	f.fault = stanza.NotAcceptable.Err(name + " cannot be that")
}

// number takes a number of at most most; words that mean none are 0.
func (f *reader) number(name string, to *int, most int) {
	v, ok := f.value(name)
	switch {
	case !ok:
		return
	case v == "" || v == "none":
		*to = 0
		return
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 {
		f.fault = stanza.BadRequest.Err(name + " is a number")
		return
	}
	*to = min(n, most)
}

// roles takes a set of roles.
func (f *reader) roles(name string, to *Roles) {
	field := f.form.Field(name)
	if field == nil || f.fault != nil {
		return
	}
	*to = 0
	for _, v := range field.Values {
		role, ok := ParseRole(strings.TrimSpace(v))
		switch {
		case ok && role != NoRole:
			*to |= RolesOf(role)
		case v != "" && v != "none":
			f.fault = stanza.NotAcceptable.Err(name + " is a list of roles")
		}
	}
}

// readSettings reads what was filled in: "notacceptable" for what cannot be (XEP-0045
// #createroom-reserved).
func (r *room) readSettings(filled *form.Form) (Settings, error) {
	s := r.Settings
	f := &reader{form: filled, most: r.service.cfg.Limits.TextBytes}
	f.text(fieldName, &s.Name)
	f.text(fieldDescription, &s.Description)
	f.text(fieldLang, &s.Lang)
	f.text(fieldPubSub, &s.PubSub)
	f.yesNo(fieldPersistent, &s.Persistent)
	f.yesNo(fieldPublic, &s.Public)
	f.yesNo(fieldMembersOnly, &s.MembersOnly)
	f.yesNo(fieldModerated, &s.Moderated)
	f.yesNo(fieldInvites, &s.Invites)
	f.yesNo(fieldArchive, &s.Archive)
	f.password(&s)
	pick(f, fieldWhois, &s.Whois, map[string]Whois{"moderators": ToModerators, "anyone": ToAnyone})
	pick(f, fieldPrivate, &s.PrivateFrom, map[string]Role{
		"anyone": NoRole, "participants": Participant, "moderators": Moderator, "none": Nobody,
	})
	if free := s.Subject < Moderator; true {
		f.yesNo(fieldSubject, &free)
		s.Subject = Moderator
		if free {
			s.Subject = Visitor
		}
	}
	list := rolesFrom(s.MemberList)
	f.roles(fieldMemberList, &list)
	s.MemberList = leastOf(list)
	f.roles(fieldBroadcast, &s.Broadcast)
	f.number(fieldMaxUsers, &s.MaxUsers, r.service.cfg.Limits.Occupants)
	f.number(fieldHistory, &s.HistoryLength, r.service.cfg.Limits.History)
	f.ours(&s)
	if f.fault != nil {
		return s, f.fault
	}
	return s, nil
}

// ours takes the fields of ours.
func (f *reader) ours(s *Settings) {
	for name, closed := range map[string]*bool{fieldOpen: &s.Closed, fieldGuests: &s.NoGuests} {
		yes := !*closed
		f.yesNo(name, &yes)
		*closed = !yes
	}
	f.yesNo(fieldAudio, &s.Audio)
	f.yesNo(fieldVideo, &s.Video)
	f.yesNo(fieldWhiteboard, &s.Whiteboard)
	f.number(fieldDisplay, &s.Display, 3)
	if field := f.form.Field(fieldWelcome); field != nil {
		s.Welcome = strings.TrimSpace(strings.Join(field.Values, "\n"))
		if len(s.Welcome) > f.most && f.fault == nil {
			f.fault = stanza.NotAcceptable.Err(fieldWelcome + " is too long")
		}
	}
	if field := f.form.Field(fieldHours); field != nil && f.fault == nil {
		h, err := ParseHours(field.Values)
		if err != nil {
			f.fault = stanza.NotAcceptable.Err(err.Error())
		}
		s.Hours = strings.Join(h.Lines(), "\n")
	}
}

// password takes the two fields of the password. One that is asked for has to be given:
// "the password for a password-protected room is blank" (XEP-0045 #createroom-reserved).
func (f *reader) password(s *Settings) {
	protected, secret := s.Password != "", s.Password
	_, said := f.value(fieldProtected)
	f.yesNo(fieldProtected, &protected)
	if _, given := f.value(fieldSecret); given {
		f.text(fieldSecret, &secret)
		protected = protected || !said && secret != ""
	}
	switch {
	case !protected:
		s.Password = ""
	case secret == "":
		f.fault = stanza.NotAcceptable.Err("a password is asked for, and none is given")
	default:
		s.Password = secret
	}
}

// leastOf is the least role of a set, Nobody if it is empty.
func leastOf(set Roles) Role {
	for role := Visitor; role <= Moderator; role++ {
		if set.Has(role) {
			return role
		}
	}
	return Nobody
}

// readLists reads the full lists of admins and owners, and gives what changes in them:
// "specifies the full list … not the delta" (XEP-0045 #modifyowner).
func (r *room) readLists(filled *form.Form) ([]Member, error) {
	speakers := filled.Field(fieldSpeakers) != nil
	if filled.Field(fieldAdmins) == nil && filled.Field(fieldOwners) == nil && !speakers {
		return nil, nil
	}
	wanted, err := r.wantedLists(filled)
	if err != nil {
		return nil, err
	}
	var changes []Member
	for _, m := range r.members {
		if (m.Affiliation >= Admin || speakers && m.Affiliation == MemberOf) && wanted[m.JID] == Outcast { // the zero value: not on the list
			m.Affiliation, m.Nick = None, ""
			changes = append(changes, m)
		}
	}
	for who, a := range wanted {
		if m := r.members[who]; m.JID != who || m.Affiliation != a {
			m.JID, m.Affiliation, m.Reason = who, a, ""
			changes = append(changes, m)
		}
	}
	if len(changes) > maxItems {
		return nil, stanza.PolicyViolation.Err("too many at once")
	}
	slices.SortFunc(changes, func(a, b Member) int { return jid.Compare(a.JID, b.JID) })
	return changes, nil
}

// wantedLists gives who is to be an admin or an owner. A list that was not filled in stays
// as it is.
func (r *room) wantedLists(filled *form.Form) (map[jid.JID]Affiliation, error) {
	wanted := make(map[jid.JID]Affiliation)
	for _, l := range [...]struct {
		field string
		a     Affiliation
	}{{fieldAdmins, Admin}, {fieldOwners, Owner}, {fieldSpeakers, MemberOf}} {
		if l.a == MemberOf && filled.Field(l.field) == nil {
			continue // there may be very many, and no form of ours asks for them
		}
		list, err := r.peopleOf(l.a), error(nil)
		if filled.Field(l.field) != nil {
			list, err = filled.JIDs(l.field)
		}
		if err != nil {
			return nil, stanza.JIDMalformed.Err(l.field + " is a list of addresses")
		}
		for _, j := range list {
			if j.Local() == "" {
				return nil, stanza.NotAcceptable.Err("only people are speakers, admins or owners")
			}
			wanted[j.Bare()] = max(wanted[j.Bare()], l.a)
		}
	}
	if len(wanted) > maxItems {
		return nil, stanza.PolicyViolation.Err("too many at once")
	}
	return wanted, nil
}

// peopleOf gives who is on one list.
func (r *room) peopleOf(a Affiliation) (list []jid.JID) {
	for _, m := range r.members {
		if m.Affiliation == a {
			list = append(list, m.JID)
		}
	}
	return list
}
