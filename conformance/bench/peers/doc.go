// Package peers measures Causeway beside Prosody, ejabberd and a raw relay, and writes the
// page doc/performance.md from what it found.
//
// How a run goes (`make bench-peers`):
//
//  1. cases.go says what is measured: a scenario of package load, its settings, and the
//     goal of each figure.
//  2. TestPeers starts the servers as one would in production, but without what slows
//     clients down on purpose (testdata), one at a time, in turns: A B C A B C. Each has
//     its folder, accounts and archive over all rounds.
//  3. It writes every value of every round to doc/performance/peers.json, curves over
//     sizes to curves.json, and a long mixed day of Causeway to day.json.
//  4. page.go makes the page and its plots from these files, and nothing else. TestPage holds
//     them together: no number in the page is typed by hand.
//
// PARTS names those of the three files that are to be measured anew: peers, curves, day. ROUNDS
// says how many rounds. ONLY names cases to measure alone, SCALE=small makes all of it small, to
// see that it works: what either gives is written elsewhere, never into doc.
//
// Files in reading order: cases.go, data.go, page.go (what there is, what was found, what is
// shown); run_test.go, server_test.go, curves_test.go (behind the build tag "bench"), page_test.go.
package peers
