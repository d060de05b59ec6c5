// Package plays holds what people see of the server as plays: scripts in
// testdata/script that say who logs in, who sends what, and who gets what, by RFC
// 6120, RFC 6121 and the XEPs that each names. The server is the built binary in a
// process of its own; every stanza goes over TCP and TLS.
//
// A play is a txtar file. Its comment begins with what the play shows and the
// sections that say so, as lines after "#"; then come directions, one a line; the
// stanzas follow as files. This is a whole one:
//
//	# A message for somebody who is not there waits, and comes once.
//	# XEP-0160 #flow, RFC 6121 §8.5.2.2.1
//	cast  romeo@montague.lit juliet@capulet.lit
//	login romeo romeo@montague.lit/orchard
//	romeo sends hello.xml
//	login juliet juliet@capulet.lit/balcony
//	juliet wants hello.xml "the message that waited"
//
//	-- hello.xml --
//	<message to='juliet@capulet.lit' type='chat' id='m1'><body>O, speak again!</body></message>
//
// Before anything happens:
//
//	cast ADDRESS ...         who has an account; the password of all is "pencil"
//	admin ADDRESS ...        who of them administers the host
//	server [SETTING] ...     a server of its own, with these lines of configuration
//
// Who is let in besides:
//
//	app KIND HOST [FLAG ...] what causeway app add makes: $KIND is its ID from then on, and
//	                         $KINDSecret its secret
//
// How one comes and goes; NAME is who the connection belongs to from then on:
//
//	login NAME ADDRESS/RESOURCE [silent] [interested] [sm] [password WORD]
//	                         up to initial presence and its echo, or without one if
//	                         silent; interested has asked for the roster, sm has
//	                         turned on stream management, which can be resumed
//	enter NAME ADDRESS [password WORD]
//	                         up to authentication; the features come next
//	open NAME HOST           up to an encrypted stream; the features come next
//	NAME shows PLAIN USER WORD, NAME shows OAUTHBEARER WORD
//	                         on such a stream: a name and a password, or a token;
//	                         "$word" at the end of a WORD is what was seen
//	component NAME DOMAIN SECRET
//	                         connects as the component of that domain; NAME then says
//	                         and hears as others do
//	friends ADDRESS ADDRESS  these two have subscribed to each other, and are gone
//	refused ADDRESS WORD CONDITION "why"
//	                         that password is no login, for this reason
//	NAME closes              ends the stream; nothing may come but the server's end
//	NAME drops               is cut off without a word
//	NAME resumes             comes back and resumes what was cut
//	restart                  the server ends, all streams with it, and starts again
//
// What one says and hears:
//
//	NAME sends FILE ...      the bytes of the files
//	NAME acknowledges        all that has come, under stream management
//	NAME wants FILE ... "why"
//	                         this comes next; several files come in any order
//	NAME wants exactly FILE "why"
//	                         and has no other attribute, child or text
//	NAME wants verbatim FILE "why"
//	                         and has the same bytes inside its outermost tags
//	NAME wants nothing "why" nothing is on the way to it
//	NAME wants end "why"     the stream ends and the connection with it
//
// What goes beside XMPP, over HTTPS:
//
//	http REQUEST RESPONSE "why"
//	                         the request in one file is answered as the other says
//
//	page NAME REQUEST RESPONSE "why"
//	                         the same from the browser of NAME, which keeps its cookies
//
// What old tools say on the socket of the Flash bridge; before anything happens a server of
// the play's own gets its groups, whose password is "pencil":
//
//	group NAME HOST          a group, and the host that it is
//
//	tool DOCUMENT REPLY "why"
//	                         each line of the one file is a document, and each line of the
//	                         other a pattern of the reply to it
//
// A request is a line with the method and the URL, or a path on the first host; then
// header lines, an empty line and the body. A response is a line with the status; then
// header lines, as patterns, and, if the body matters, an empty line and the body. A body
// that begins as JSON is a pattern as well: objects may have more members, arrays may not; the name
// of a member may be a "$word", too, that has been seen.
//
// In a header, or a body that is no JSON, ${word} may stand inside a longer text: what is
// there, of characters that need no escaping in a URL, is $word from then on, and each "*"
// in that text is any text.
//
// A wanted stanza is a pattern: what is written must be there, more may be. "*"
// stands for any text, also at the end of one; an attribute with the empty value
// must not be there; "$word" is any value the first time, and then the same one,
// also in what is sent.
//
// A play tells everything: when it ends, nothing that it did not want may have
// come to anybody. That nothing is on its way is never found out by waiting. All
// are asked for a round trip first, so what they have sent has been dealt with;
// then the one in question is, and what arrives before the answer is what there
// was. Requests to acknowledge are passed over unless they are wanted.
//
// All plays share one server, unless they have their own. Each has hosts of its
// own: capulet.lit is written as such a host when it goes out, and read again
// from what comes in.
//
// Files in reading order: play_test.go (what a script says), stage_test.go (the
// server), cast_test.go (the people), directions_test.go (what each line does),
// http_test.go, tool_test.go, plays_test.go (the run), wrong_test.go (plays that must fail). One play is run by
//
//	go test ./conformance/plays -run TestPlays/message_offline_once
//
// Broken XML and broken streams are no plays: package badinput has them.
package plays
