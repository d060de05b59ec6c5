//go:build bench

package bench

import "time"

// A size says how much is measured.
type size struct {
	rounds   int           // of each variant; the median counts
	messages int           // of pipelined chat, each round
	pongs    int           // of chat with one message in flight, each round
	pairs    int           // that chat
	window   int           // messages in flight in each direction of a pair
	idle     int           // connections
	quiet    time.Duration // from the last stanza of the idle connections to the reading
	logins   int           // each round
	accounts int           // that a server starts with
	rest     time.Duration // from its start to the reading
	senders  int           // to people who are offline
	absent   int           // people that each of them sends to
	offline  int           // messages to each of those; below the limit of their queue
	talkers  int           // who each write to somebody else, both with an archive
	archived int           // messages of theirs, each round
	archive  int           // messages in the archive that is read
	pages    int           // read from each place of it, each round

	occupants  int // of the largest room
	deliveries int // of messages in a room, each round
	webTalkers int // people who write to each other by webim, a message a second
	webSeconds int // for so long
	bursts     int // of messages in a room while others chat outside
	rooms      int // in which nobody is

	commands    int // of each sort, on the socket of the Flash bridge
	fileSeconds int // of people who come and go while status files are kept
}

func fullSize() size {
	return size{
		rounds: 3, messages: 400_000, pongs: 100_000, pairs: 8, window: 16,
		idle: 10_000, quiet: 30 * time.Second,
		logins: 3_000, accounts: 100_000, rest: 5 * time.Second,
		senders: 64, absent: 4, offline: 256,
		talkers: 128, archived: 256_000, archive: 1_000_000, pages: 2_000,
		webTalkers: 2_000, webSeconds: 20,
		occupants: 1_000, deliveries: 400_000, bursts: 40, rooms: 10_000,
		commands: 64_000, fileSeconds: 30,
	}
}

func quickSize() size {
	return size{
		rounds: 1, messages: 100_000, pongs: 20_000, pairs: 8, window: 16,
		idle: 1_000, quiet: 12 * time.Second,
		logins: 500, accounts: 5_000, rest: time.Second,
		senders: 32, absent: 4, offline: 64,
		talkers: 128, archived: 64_000, archive: 100_000, pages: 500,
		webTalkers: 200, webSeconds: 5,
		occupants: 1_000, deliveries: 100_000, bursts: 20, rooms: 1_000,
		commands: 12_800, fileSeconds: 12,
	}
}
