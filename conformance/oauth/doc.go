// Package oauth checks "Log in with": the document "Documentation, Version de l’API
// 1.1" with api/oauth, api/authorize and api/get_user_info. A MUST is what the document
// states; a SHOULD is what its real clients need, or what a reviewer of its security
// would ask for. That a token is good for one hour is not checked: nobody waits.
//
// The checks need an application with its redirect address, which is never called, and
// one person who logs in, better two. browser.go finds its way through whatever pages
// there are: it fills in the form that has a password and sends the one that asks for
// consent. Files are the chapters of the document: login.go, token.go, info.go.
package oauth
