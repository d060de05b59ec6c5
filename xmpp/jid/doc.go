// Package jid holds XMPP addresses (RFC 7622).
package jid
