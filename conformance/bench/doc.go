// Package bench measures the built server from outside: a process of its own on
// loopback, real TCP, figures in its CPU time and memory as the kernel counts
// them in /proc. A raw relay, which moves the same bytes and parses nothing, is
// measured beside it in the same minutes: it is the limit that the machine sets.
//
// How a run goes:
//
//  1. TestFigures starts servers as the figures need them, with package process,
//     which builds cmd/causeway and makes accounts as an operator would. The
//     relay is the test binary itself, started again.
//  2. Each figure is taken in rounds, the variants taking turns, and the median
//     is reported: a machine that gets slower meanwhile slows all of them.
//  3. Each message carries its number in its body. A message lost, doubled or
//     reordered fails the test, always.
//  4. Each figure becomes a row: what was measured, the target, ok or MISS. A
//     MISS fails only with BENCH_STRICT=1, because machines differ.
//
// BENCH_QUICK=1 measures less of everything, for a first look. $CAUSEWAY names a
// binary to use instead of building one.
//
// Everything lies behind the build tag "bench". Files in reading order:
// figures_test.go (the run), size.go, chat.go, chat_test.go, idle_test.go, login_test.go,
// start_test.go, offline_test.go, archive_test.go, archiveread_test.go,
// archiveretain_test.go, room_test.go, roomenter_test.go, roomburst_test.go,
// roomidle_test.go, flash_test.go, rest_test.go, web_test.go, webim_test.go (the figures); server.go (what is measured); audience.go, canned.go;
// report.go.
//
// The clients are those of package load, which knows any server; this package knows how
// ours is set up, and looks into its store.
package bench
