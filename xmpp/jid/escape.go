package jid

// Escape makes a localpart of s (XEP-0106 #escaping).
func Escape(s string) string { return s }

// Unescape undoes Escape.
func Unescape(s string) string { return s }
