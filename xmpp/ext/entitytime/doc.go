// Package entitytime tells the time of the server (XEP-0202 2.0): UTC, and how
// far the server's own time zone is from it.
//
// It does not set anybody's clock, and does not answer for accounts: the time of
// a person is the business of their client.
package entitytime
