// Package caller is the HTTP client that the checks of bridges call with: net/http, a
// cookie jar for each caller, no redirect followed, every answer bounded in time and
// bytes, and the exchange written into the log of the check without secrets.
//
//  1. New gives a Client: one browser, or one back end.
//  2. Call makes a call and ends the check if there is no answer; Begin leaves one
//     waiting, such as a long poll.
//  3. A Value is a part of a JSON answer. Its methods say what it must be and end the
//     check, naming the place, when it is not.
//
// It shares no code with the bridges of the server.
package caller
