// Package store keeps what the services declare in their Store interfaces (account, roster, xmpp/ext/*), on the
// embedded engine of store/badger. It follows no document of its own; the promises are those of the interfaces.
//
// The way of a change:
//
//  1. A service calls a method of a repository: Accounts, Rosters, Offline, Private, VCards, Blocks, Caps, Departures, PubSub,
//     Uploads, Archive, Rooms.
//  2. The repository makes the key (key.go) and hands the engine a closure that reads, changes and writes one account's
//     records. Closures of all accounts share a sync, and run one after the other, so nothing is ever lost between a
//     read and its write.
//  3. The method returns, or its ticket is done, when the change is on the disk. A cancelled context stops a change that was
//     not handed over yet; afterwards the outcome is waited for, since a caller with a cache must know it.
//
// Keys, in byte order; 0 stands for a NUL byte, which no part of an address and no XML name can hold:
//
//	0 "schema"                          number of the layout, readable by every version of the program
//	1 'a' domain 0 local 0              an account
//	1 'b' blocked 0 owner               who blocks an address
//	1 'c' domain 0                      how many accounts a domain has
//	1 'f' 'e' end id                    an uploaded file or slot by when it ends; end is 8 bytes, nanoseconds since 1970
//	1 'f' 'i' id                        what is known of it
//	1 'h' domain 0 hash 0 local         an account that has key sets, but none for that hash
//	1 'k' hash 0 ver                    what a hash of entity capabilities stands for
//	1 'l' domain 0 local 0              an account whose removal has begun, and is not done
//	1 'n' domain 0 id                   the localpart of an account by when it was made; id is 16 bytes (account.ID)
//	1 'm' 'i'                           up to which record of the log the archives are in their indexes
//	1 'm' 'l' day number                a record of the log of all archives, by the day on which it expires; 4 and 8 bytes
//	1 'p' 'h' domain 0 kind 0 id        an app of a host: what a foreign program or site is let in as
//	1 'p' 'i' kind 0 id                 what is known of it, with a hash of its secret
//	1 'p' 'k' key 0 id                  an app of the REST API by its appkey
//	1 'p' 's' kind 0 sum                an app by the hash of its secret, for the kind that shows nothing else
//	1 'r' 'a' domain 0 local 0          a room: what is settled of it, its subject
//	1 'r' 'c' domain 0 person 0 local   a room of a domain by who has created it
//	1 'r' 'd' domain 0 local 0          up to where a room is gone of which something is left: lives of it, and archive
//	1 'r' 'k' domain 0                  up to which number those of rooms were given out
//	1 'r' 'm' domain 0 local 0 life person
//	                                    what a room knows of somebody; life is 8 bytes
//	1 'r' 'n' domain 0 number           the localpart of the room that has a number; 8 bytes
//	1 'r' 'o' person 0 domain 0 local 0 a room that knows something of somebody: in which of its lives
//	1 'r' 'p' domain 0 local 0          the name of a room that is listed
//	1 'r' 't' domain 0 local 0          a room that goes when nobody is in it
//	1 'r' 'v' domain 0 local 0          the vCard of a room
//	1 's' name                          a secret of the server, made at random when first asked for
//	1 't' 'a' kind 0 app 0 own issued hash
//	                                    a token of an app, by when it was issued, 8 bytes; own is 1 if the app itself acts with it
//	1 't' 'f' family 0 hash             a token of a family
//	1 't' 'i' hash                      what a token stands for; hash is its SHA-256
//	1 'u' domain 0 local 0 table rest   what is kept for an account; table and rest are:
//	      'a'                           what it wants archived
//	      'b'                           its block list
//	      'f'                           what its uploads are charged
//	      'f' end id                    what one of them is charged
//	      'g' kind 0 app                what it has allowed an app
//	      'h'                           the hash of the photo in its vCard
//	      'i' node 0 'k' id             the number of an item of one of its nodes
//	      'i' node 0 's' number         an item; number is big-endian, 8 bytes
//	      'l'                           when its last resource left, and with which words
//	      'm' id                        where in the log its archive is: the part that begins with id, 8 bytes
//	      'n'                           what its nodes come to together
//	      'n' node                      a node: its configuration, who has to do with it, its counts
//	      'o' id                        a message that waits; id is big-endian, 8 bytes
//	      'p' namespace 0 name          an element of its private storage
//	      'q'                           which of its devices are to be woken
//	      'r' contact                   a roster item, or the tombstone of one
//	      't' kind 0 app 0 issued hash  a token that an app has of it
//	      'v'                           its vCard
//	      'w'                           the versions of its roster
//	      'x' peer 0 id                 as 'm', of one peer
//	1 'x' domain 0                      a host that is stopped
//
// So the accounts of a host are one range and all of one account is another, and the same of rooms; nothing has to be
// read at start but the removals that are not done. The archive of a room is kept as that of an account is.
//
// What an account or a room has may be more than one step can delete. An account has its record until all else is gone,
// and nobody gets its name before; a room goes at once, and its name is free: what is left of it belongs to a life that
// is over, and its archive is below a floor (roomremove.go, archivefloor.go).
//
// Values begin with the version of their encoding (record.go). What expires carries the moment in the value, and every read
// looks at it; the engine's own expiry only frees the space, some time later.
//
// A token says nothing by itself: it is good as long as its app and its account are what they were when it was issued, so
// each look at one reads the three of them, and nobody has to find the tokens of what has changed.
//
// An archive is not a record a message: the stanzas of all archives are in one log, where what one sync takes shares a
// few records, and an archive is the places of its stanzas there. What is too new for the index is in memory, and is
// read back from the log at start. doc/adr/0012-archive-log.md says why.
//
// Files in reading order: store.go, key.go, record.go, accounts.go, accountmade.go, accountprofile.go, lacking.go, admit.go, rosters.go, rosteritem.go, offline.go, private.go,
// vcards.go, blocks.go, caps.go, departures.go, pubsub.go, pubsubnode.go, pubsubrecord.go, uploads.go,
// archive.go, archiveedit.go, archivelog.go, archivebody.go, archiveindex.go, archivetail.go, archivefold.go,
// archiveprefs.go, rooms.go, roomkey.go, roomrecord.go, roomnumber.go, roomremove.go, hosts.go, archivefloor.go, apps.go, apprecord.go, appsecret.go,
// appchange.go, tokens.go, tokenrecord.go, tokenrevoke.go, consents.go, forget.go, migrate.go, migrateids.go, backup.go.
//
// The package decides nothing: who may do what, what is valid and what expires when is the services' business. It does not
// cache, but for what stretching the secrets of apps gave. It promises nothing across two accounts.
package store
