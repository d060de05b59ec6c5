package badinput

import "causeway/conformance/wire"

const startTLS = "<starttls xmlns='" + wire.NSTLS + "'/>"

// tlsCases are about STARTTLS as far as it is XML (RFC 6120 §5); what happens
// inside the handshake is in handshake_test.go.
func tlsCases() []bad {
	return []bad{
		{
			name: "RFC 6120 §5.4.3.3 policy-violation: something behind <starttls/>, in the clear", at: clear,
			send: startTLS + "<auth xmlns='" + wire.NSSASL + "' mechanism='PLAIN'>AHJvbWVvAHBlbmNpbA==</auth>", want: streamError("policy-violation"), ends: true,
		},
		{
			name: "RFC 6120 §5.4.3.3 policy-violation: a stream behind <starttls/>, in the clear", at: clear,
			send: startTLS + wire.Header(domain), want: streamError("policy-violation"), ends: true,
		},
		{
			name: "RFC 6120 §5.4.2.2 failure: <starttls/> once more", at: secured,
			send: startTLS, want: []string{"<failure xmlns='" + wire.NSTLS + "'/>"}, ends: true,
		},
		{
			name: "RFC 6120 §5.4.2.2 failure: <starttls/> after the login", at: known,
			send: startTLS, want: []string{"<failure xmlns='" + wire.NSTLS + "'/>"}, ends: true,
		},
		{
			name: "RFC 6120 §4.9.3.24 unsupported-stanza-type: <starttls/> with a resource", at: bound,
			send: startTLS, want: streamError("unsupported-stanza-type"), ends: true,
		},
		{
			name: "RFC 6120 §4.9.3.24 unsupported-stanza-type: <starttls/> of another namespace", at: clear,
			send: "<starttls xmlns='urn:x'/>", want: streamError("unsupported-stanza-type"), ends: true,
		},
		{
			name: "RFC 6120 §4.9.3.12 not-authorized: a message before TLS", at: clear,
			send: "<message to='juliet@" + domain + "'><body>Soft!</body></message>", want: streamError("not-authorized"), ends: true,
		},
		{
			name: "RFC 6120 §6.5.4 encryption-required: PLAIN before TLS", at: clear,
			send: "<auth xmlns='" + wire.NSSASL + "' mechanism='PLAIN'>AHJvbWVvAHBlbmNpbA==</auth>", want: loginError("encryption-required"),
		},
		{
			name: "RFC 6120 §6.5.4 encryption-required: SCRAM before TLS", at: clear,
			send: "<auth xmlns='" + wire.NSSASL + "' mechanism='SCRAM-SHA-1'>biwsbj1yb21lbyxyPXg=</auth>", want: loginError("encryption-required"),
		},
	}
}
