package rest

import (
	"context"
	"net/http"
)

// moreEndpoints are those that the document's own page does not have, but its clients use
// (wire part 2).
func moreEndpoints() []endpoint {
	list := []endpoint{
		{http.MethodPost, "/messages", forAdmins, (*call).messages},
		{http.MethodPost, "/messages/{kind:users|chatgroups|chatrooms}", forAdmins, (*call).messagesTo},
		{http.MethodGet, "/users/{user}/resources", forAdmins, (*call).resources},
		{http.MethodGet, "/users/{user}/disconnect/{resource}", forAdmins, (*call).disconnectOne},
		{http.MethodPost, "/chatfiles", forUsers, (*call).upload},
		{http.MethodGet, "/chatfiles/{file}", forUsers, (*call).download},
		{http.MethodGet, "/chatmessages", forAdmins, (*call).history},
		{http.MethodGet, "/chatmessages/{hour}", forAdmins, (*call).historyOfHour},
		{http.MethodGet, "/chatmessages/{hour}/{file}", forAll, (*call).historyFile}, // who has the URL
	}
	list = append(list, roomEndpoints(groups)...)
	return append(list, roomEndpoints(chatrooms)...)
}

// roomEndpoints are those of groups, and the same of chat rooms.
func roomEndpoints(s sort) []endpoint {
	with := func(do func(*call, sort) (any, error)) func(*call, context.Context) (any, error) {
		return func(c *call, _ context.Context) (any, error) { return do(c, s) }
	}
	deeds := func(do func(*call, sort, deed) (any, error), d deed) func(*call, context.Context) (any, error) {
		return func(c *call, _ context.Context) (any, error) { return do(c, s, d) }
	}
	all, one := "/"+s.word, "/"+s.word+"/{room}"
	return []endpoint{
		{http.MethodGet, all, forUsers, with((*call).listRooms)}, // the web SDK asks with a user's token
		{http.MethodPost, all, forAdmins, with((*call).addRoom)},
		{http.MethodGet, one, forUsers, with((*call).showRooms)},
		{http.MethodPut, one, forAdmins, with((*call).changeRoom)},
		{http.MethodDelete, one, forAdmins, with((*call).removeRoom)},
		{http.MethodGet, one + "/users", forAdmins, with((*call).roomUsers)},
		{http.MethodPost, one + "/users", forAdmins, deeds((*call).withBodyUsers, enlist)},
		{http.MethodPost, one + "/users/{members}", forAdmins, deeds((*call).withPathUsers, enlist)},
		{http.MethodDelete, one + "/users/{members}", forAdmins, deeds((*call).withPathUsers, expel)},
		{http.MethodGet, one + "/blocks/users", forAdmins, with((*call).roomBlocks)},
		{http.MethodPost, one + "/blocks/users", forAdmins, deeds((*call).withBodyUsers, ban)},
		{http.MethodPost, one + "/blocks/users/{members}", forAdmins, deeds((*call).withPathUsers, ban)},
		{http.MethodDelete, one + "/blocks/users/{members}", forAdmins, deeds((*call).withPathUsers, pardon)},
		{http.MethodGet, "/users/{user}/joined_" + s.word, forAdmins, with((*call).joined)},
	}
}
