package peers

import (
	"slices"

	"causeway/conformance/load"
)

// The servers, in the order in which they take turns and stand in tables.
const (
	Causeway = "Causeway"
	Prosody  = "Prosody"
	Ejabberd = "ejabberd"
	Relay    = "raw relay"
)

// servers are all of them; the relay is what the machine can do.
var servers = []string{Causeway, Prosody, Ejabberd, Relay}

// A goal is one figure of a case that is shown, and what ours should be.
type goal struct {
	figure string  // its name in the result; p99_ms is that of the latency
	text   string  // of the row
	unit   string  //
	target float64 // at most this, or at least if more is set; 0: none
	more   bool
}

// A setup is how a case is measured.
type setup struct {
	name     string
	scenario string
	archive  bool // every message is archived
	security load.Security
	set      load.Settings
	small    load.Settings // with SCALE=small, where it is not 0
	rounds   int           // it is measured in at most so many; 0: all
	goals    []goal
}

const perDelivery = "CPU s / 100k deliveries"

// full is what all cases have that say nothing else: many short rounds tell more than a few
// long ones. small is what all have with SCALE=small.
var (
	full  = load.Settings{Seconds: 5, Warmup: 1}
	small = load.Settings{Connections: 20, Seconds: 1, Warmup: 0.3}
)

// setups are the cases, grouped by what the servers have to be started for.
func setups() []setup { return slices.Concat(archived(), unarchived(), idles()) }

func chat(name string, archive bool, way load.Security, cpu, speed float64) setup {
	s := setup{name: name, scenario: "chat", archive: archive, security: way, goals: []goal{
		{figure: "cpu_s_per_100k", text: name, unit: perDelivery, target: cpu},
	}}
	if speed > 0 {
		s.goals = append(s.goals, goal{figure: "deliveries_per_s", text: name + ", at saturation", unit: "deliveries/s", target: speed, more: true})
	}
	return s
}

func room(name, scenario string, archive bool, target float64) setup {
	return setup{name: name, scenario: scenario, archive: archive, goals: []goal{{figure: "cpu_s_per_100k", text: name, unit: perDelivery, target: target}}}
}

func archivePage(name string, n int) setup {
	return setup{
		name: name, scenario: "archive", archive: true, set: load.Settings{Messages: n}, small: load.Settings{Messages: n / 5},
		goals: []goal{{figure: "cpu_ms_per_page", text: name, unit: "CPU ms a page", target: 0.4}},
	}
}

func idle(name, scenario string, way load.Security, n int, target float64) setup {
	return setup{name: name, scenario: scenario, security: way, set: load.Settings{Connections: n, Seconds: 15}, goals: []goal{{figure: "rss_per_connection", text: name, unit: "bytes resident", target: target}}}
}

func login(name string, way load.Security, target float64) setup {
	return setup{name: name, scenario: "logins", security: way, goals: []goal{{figure: "cpu_ms_per_login", text: name, unit: "CPU ms", target: target}}}
}

// archived are those in which every message is archived.
func archived() []setup {
	plain := chat("chat, archived, plain", true, load.Plain, 2.0, 30_000)
	plain.goals = append(plain.goals, goal{figure: "rss_mib", text: "server with 200 people who chat", unit: "MiB resident", target: 60})
	large := room("room of 1,000, 4 speak, archived", "room-1000", true, 0.8)
	large.goals = append(large.goals, goal{figure: "entered_s", text: "1,000 people enter one room at once", unit: "s until all see all", target: 4})
	return []setup{
		plain,
		chat("chat, archived, TLS", true, load.StartTLS, 2.4, 0),
		room("room of 100, 4 speak, archived", "room", true, 0.75),
		large,
		archivePage("page of 50, archive of 500", 500),
		archivePage("page of 50, archive of 4,000", 4000),
	}
}

// unarchived are those in which none is.
func unarchived() []setup {
	return []setup{
		chat("chat, no archive, plain", false, load.Plain, 1.2, 80_000),
		chat("chat, no archive, TLS", false, load.StartTLS, 1.5, 0),
		{
			name: "chat at 1,000/s, no archive", scenario: "chat", set: load.Settings{Rate: 1000}, small: load.Settings{Rate: 100},
			goals: []goal{
				{figure: "p99_ms", text: "chat at 1,000/s, no archive: p99", unit: "ms", target: 1.5},
				{figure: "cpu_s_per_100k", text: "chat at 1,000/s, no archive", unit: perDelivery, target: 8},
			},
		},
		login("log-in, SCRAM, plain", load.Plain, 0.2),
		login("log-in, SCRAM, STARTTLS", load.StartTLS, 0.9),
		room("room of 100, 4 speak, no archive", "room", false, 0.7),
		{
			name: "presence of 10 people, 100 contacts each", scenario: "presence", small: load.Settings{Connections: 20, Speakers: 4},
			goals: []goal{{figure: "cpu_s_per_100k", text: "presence of 10 people, 100 contacts each", unit: perDelivery, target: 0.7}},
		},
		{
			name: "offline messages", scenario: "offline", small: load.Settings{Connections: 4, Messages: 20},
			goals: []goal{
				{figure: "stored_per_s", text: "offline messages: stored and acknowledged", unit: "messages/s", target: 20_000, more: true},
				{figure: "fetch_cpu_s_per_100k", text: "offline messages: delivered at log-in", unit: "CPU s / 100k messages", target: 1.5},
			},
		},
		{
			name: "three times too much", scenario: "overload", set: load.Settings{Seconds: 9}, small: load.Settings{Connections: 40, Seconds: 3},
			goals: []goal{
				{figure: "p99_times", text: "three times too much: p99 of the others", unit: "times that before", target: 5},
				{figure: "recovery_s", text: "three times too much: until all is as before", unit: "s", target: 5},
			},
		},
		{
			name: "a restart, 19,000 people", scenario: "resume", rounds: 1, // for its peers' sake: they take many minutes
			goals: []goal{{figure: "seconds", text: "19,000 people are back after a restart", unit: "s"}},
		},
	}
}

// idles are those for which a server is started afresh: its memory counts from there.
func idles() []setup {
	return []setup{
		idle("idle WebSocket", "idle-websocket", load.Plain, 2000, 0),
		idle("idle BOSH", "idle-bosh", load.Plain, 2000, 0),
		idle("idle connection, plain", "idle", load.Plain, 10_000, 4500),
		idle("idle connection, TLS", "idle", load.StartTLS, 10_000, 16_000),
	}
}
