// Package rest answers back ends that administer the accounts of a host by the Platform
// REST API (the document "Platform API"; what its real server and clients do is written
// down with it). Citations are seed #heading for the document and wire §N for the latter. An
// app of REST (bridge.App) is one host; its key, org#app, is where the API is:
//
//	/{org}/{app}/token     tokens for the app, and for users       token.go
//	             users     accounts: XEP-0133 commands, and        register.go, users.go,
//	                       requests of ours about the registry     change.go, session.go
//	             contacts  rosters of both, subscribed both ways   contact.go
//	             blocks    XEP-0191 in the name of the owner       block.go
//	             status    presence; messages that wait            status.go, offline.go
//	             chatmessages  what the archives keep (XEP-0313)   history.go
//	             openapi.json                                      the description of all this
//
// The way of a call:
//
//  1. Handler.Knows says whether a path is one of ours; all others are left to others.
//  2. Handler.ServeHTTP tidies the path (path.go), finds the app, and the endpoint by it
//     (endpoint.go).
//  3. The token is asked for (authorize.go), then the rate of the app, and only then does anybody
//     look at the body (body.go) or at who exists: a stranger learns nothing of that.
//  4. The endpoint asks the host, as its administrator, or an account, in its name, by
//     stanzas through bridge.Port. When it answers 200, what it changed is on the disk.
//  5. The answer is put into its envelope (envelope.go), or what went wrong becomes one of the
//     bodies in problem.go, letter for letter.
//
// What the API knows of an account and XMPP has no word for, such as how its name was
// written or when the person wants not to be disturbed, is kept by the accounts themselves
// and shows where it can: in the vCard, in rosters, and in what push tells.
//
// Files in reading order: ports.go, handler.go, path.go, endpoint.go, authorize.go, cors.go,
// body.go, problem.go, envelope.go, name.go, user.go, command.go, and one for each noun above.
//
// It keeps nothing: no account, no secret, no token.
package rest
