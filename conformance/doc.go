// Package conformance holds what the house promises, as tests: its own laws
// (which package may import which, how citations look), plays of its behaviour,
// and the runs against real clients.
package conformance
