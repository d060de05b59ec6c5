// Package oauth lets people log in to other sites with their account here, in two spellings
// of one flow: "Log in with" of the document (oauth #start, and the wire page of it),
// and the authorization code grant of OAuth 2 (RFC 6749 §4.1) with PKCE (RFC 7636).
//
//	/api/oauth               begins, for people         page.go, agree.go
//	/api/authorize           auth_key for access_token  exchange.go
//	/api/get_user_info       what a site learns         userinfo.go
//	/api/oauth2/authorize    begins, by RFC 6749 §3.1   page.go, agree.go
//	/api/oauth2/token        codes and refresh tokens   token.go
//	/api/oauth2/revoke       RFC 7009                   revoke.go
//	/api/oauth2/userinfo     for a bearer (RFC 6750)    userinfo.go
//	/api/oauth/consents      what somebody agreed to    consents.go
//	/.well-known/oauth-authorization-server (RFC 8414)  metadata.go
//
// The way of a log-in:
//
//  1. A site sends a browser here. The request is read and held against what the site has
//     registered (request.go); what names no site, or another address than the registered
//     one, never leads away from here.
//  2. Somebody who has no session (session.go) gets the log-in page, for accounts of the
//     host of that site (login.go); whoever has one is asked whether the site may have what
//     it asks for, each field by name and with what it holds (agree.go, scope.go).
//  3. Agreeing is kept, and makes a code that is good once, for ten minutes, for that
//     site, person and address. The browser goes back with it (redirect.go). Next time the
//     same question is not asked.
//  4. The back end of the site shows its secret, or what belongs to the challenge of PKCE,
//     and gets an access token for one hour (exchange.go, token.go, client.go). A code that
//     comes twice kills what it was traded for.
//  5. With the token the site reads the vCard of the person, which this package asks for
//     by stanza (userinfo.go, card.go); the picture in it has a URL that cannot be guessed
//     (picture.go).
//
// Files in reading order: ports.go, handler.go, request.go, redirect.go, scope.go, page.go,
// words.go, session.go, login.go, agree.go, consents.go, client.go, exchange.go, token.go,
// revoke.go, userinfo.go, card.go, picture.go, metadata.go.
//
// It keeps nothing itself: sites, tokens and consents are kept by the daemon, sessions are
// sealed cookies.
package oauth
