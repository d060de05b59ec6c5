// Package web holds tests of streams that HTTP carries, against the built binary:
// WebSocket (RFC 7395) and BOSH (XEP-0124, XEP-0206), with the bytes of clients that
// keep to the rules, of those that do not, and of libraries that are in use.
package web
