package webim

import (
	"testing"

	"causeway/conformance/prove"
	"causeway/conformance/run"
)

const anywhere = `.`

// mutants gives the ways in which a site is wrong: in what passes, and in what the fake
// does by a switch of that name.
func mutants() []prove.Mutant {
	list := []prove.Mutant{
		prove.Body("online has no server_time", `/online`, `"server_time":\d+,`, ``),
		prove.Body("server_time is in seconds", `/online`, `("server_time":\d+)\d\d\d`, `$1`),
		prove.Body("server_time is a string", `/online`, `"server_time":(\d+)`, `"server_time":"$1"`),
		prove.Body("a log-in that fails succeeds", `/online`, `"success":false`, `"success":true`),
		prove.Body("a log-in that fails says nothing", `/online`, `"error_msg":"[^"]*",?`, ``),
		prove.Body("a log-in that fails says something else", `/online`, `Not Authorized`, `No`),
		prove.Body("the show is always available", `/online`, `"show":"away"`, `"show":"available"`),
		prove.Body("buddies is null when it is empty", `/online`, `"buddies":\[.*?\],"c`, `"buddies":null,"c`),
		prove.Body("presences is missing", `/online`, `"presences":{},`, ``),
		prove.Body("new_messages is missing", `/online`, `"new_messages":\[.*?\],`, ``),
		prove.Body("ids are numbers", anywhere, `"id":"juliet"`, `"id":1`),
		prove.Body("there is no connection", `/online`, `"ticket":"[^"]*"`, `"ticket":""`),
		prove.Body("domain is missing", `/online`, `"domain":"[^"]*",`, ``),
		prove.Body("server has a query", `/online`, `"/packets"`, `"/packets?v=5"`),
		prove.Body("users have no nick", `/online`, `("user":.*?"nick":)"[^"]*"`, `$1""`),
		prove.Body("users have a show that there is not", `/online`, `("user":.*?"show":)"[^"]*"`, `$1"buzy"`),
		prove.Body("contacts have no nick", `/online|/buddies|/packets`, `("id":"(?:juliet|romeo)","nick":)"[^"]*"`, `$1""`),
		prove.Body("contacts have no presence", `/online`, `"presence":"[^"]*"`, `"presence":"away"`),
		prove.Body("contacts are offline always", `/online`, `"presence":"online","show":"[a-z]*"`, `"presence":"offline","show":"unavailable"`),
		prove.Header("there are no cookies", anywhere, "Set-Cookie", ""),
		prove.Body("callbacks are not called", anywhere, `^jsonp\d+\((.*)\)$`, `$1`),
		prove.Body("callbacks are called with something else", anywhere, `^(jsonp\d+)\(.*\)$`, `$1({})`),
		prove.Header("scripts are JSON", anywhere, "Content-Type", "application/json"),
		prove.Header("everything is HTML", anywhere, "Content-Type", "text/html"),
		prove.Body("ok is a bare word", anywhere, `^"ok"$`, `ok`),
		prove.Body("ok is something else", anywhere, `^"ok"$`, `{"status":"ok"}`),
		prove.Status("what is wrong has status 200", anywhere, 400, 200),
		prove.Status("who may not has status 200", anywhere, 403, 200),
		prove.Status("what there is not has status 200", anywhere, 404, 200),
		prove.Status("everything is an error", anywhere, 200, 500),
		prove.Lie("offline does nothing", `/offline`, `"ok"`),
		prove.Lie("messages are lost", `/message`, `"ok"`),
		prove.Lie("presence does nothing", `/presence`, `"ok"`),
		prove.Lie("statuses are lost", `/status`, `"ok"`),
		prove.Lie("clearing does nothing", `/clear_history`, `"ok"`),
		prove.Lie("history is always empty", `/history`, `[]`),
		prove.Lie("leaving does nothing", `/leave`, `"ok"`),
		prove.Lie("settings are taken as they are", `/setting`, `"ok"`),
		prove.Lie("buddies is an object", `/buddies`, `{}`),
		prove.Lie("notification is an object", `/notification`, `{}`),
		prove.Lie("any type of message is taken", `sonnet|/message`, `"ok"`),
		prove.Lie("rooms gives none", `/rooms`, `[]`),
		prove.Lie("refresh says nothing", `/refresh`, ``),
		prove.Lie("setting says nothing", `/setting`, ``),
		prove.Ask("all contacts come", `/buddies`, `ids=juliet`, `ids=juliet,romeo`),
		prove.Ask("clear is typing", `/status`, `show=clear`, `show=typing`),
		prove.Body("messages have no from", `/packets`, `"from":"romeo","nick"`, `"from":"nurse","nick"`),
		prove.Body("times are in seconds", `/packets`, `("timestamp":\d+)\d\d\d`, `$1`),
		prove.Body("times are strings", anywhere, `"timestamp":(\d+)`, `"timestamp":"$1"`),
		prove.Body("bodies are escaped", `/packets`, `\\u003c`, `&lt;`),
		prove.Body("emoji are lost", `/packets`, `🌹`, `?`),
		prove.Body("types are broadcast", `/packets`, `"type":"chat"`, `"type":"broadcast"`),
		prove.Body("bodies of digits are numbers", `/packets`, `"from":"romeo"`, `"from":7`),
		prove.Body("presence has the wrong show", `/packets`, `"show":"(?:dnd|available|unavailable)"`, `"show":"away"`),
		prove.Body("presence has no show", `/packets`, `"show":"unavailable"`, `"show":""`),
		prove.Body("presence is lost", `/packets`, `"presences"`, `"prescience"`),
		prove.Body("the status of presence is lost", `/packets`, `"status":"w[a-z0-9]*"`, `"status":""`),
		prove.Body("presence is of nobody", `/packets`, `("from":"juliet",)"nick":"Juliet"`, `$1"nick":""`),
		prove.Body("items have no nick", `/history`, `"nick":"[^"]*",`, ``),
		prove.Body("items are of somebody else", `/history`, `"from":"romeo"`, `"from":"nurse"`),
		prove.Body("rooms have another id", `/join`, `"id":"([a-z0-9]{16})"`, `"id":"${1}x"`),
		prove.Body("rooms have no nick", `/join|/rooms`, `"nick":"Balcony"`, `"nick":""`),
		prove.Body("rooms have no counts", `/join`, `"all_count":\d+,"blocked":false,"count":\d+,`, ``),
		prove.Body("rooms are not listed", `/online`, `"rooms":\[.*?\],"server`, `"rooms":[],"server`),
		prove.Body("members have no nick", `/members`, `"nick":"[^"]*"`, `"nick":""`),
		prove.Body("members have no presence", `/members`, `"presence":"[^"]*",?`, ``),
		prove.Body("messages in rooms are chat", `/packets`, `"type":"grpchat"`, `"type":"chat"`),
		prove.Body("items in rooms are to somebody", `/history`, `"to":"[a-z0-9]{16}"`, `"to":"juliet"`),
		prove.Body("a join is not told", `/packets`, `"type":"join"`, `"type":"show"`),
		prove.Body("a leave is not told", `/packets`, `"type":"leave"`, `"type":"show"`),
		prove.Body("polls have no status", `/packets`, `"status":"ok"`, `"state":"ok"`),
		prove.Status("polls have nothing to say", `/packets`, 200, 204),
		prove.Header("everybody keeps everything", anywhere, "Cache-Control", "public"),
		prove.Ask("evil callbacks are called", `callback=alert`, `callback=[^&]*`, `callback=alert`),
		prove.Body("evil callbacks are told", `callback=alert`, `(?s).*`, `alert(1)//({})`),
	}
	for _, name := range switches() {
		list = append(list, prove.Mutant{Name: name})
	}
	return list
}

func switches() []string {
	return []string{
		"a person has one ticket", "any ticket is good", "tickets need not be of the session", "no session is needed", "strangers are romeo",
		"buddy_ids are not looked at", "tickets outlive offline", "the invisible are seen", "messages are shuffled", "messages come twice",
		"one page only gets a message", "senders get their own messages", "offline true is believed", "new messages stay new", "history comes late",
		"everybody gets what is said in rooms", "everybody reads everything", "history has the newest first", "clearing clears the other's, too",
		"nobody leaves a room", "a second poll does not end the first", "polls never end", "what comes between polls is lost",
	}
}

// TestProof: a good site passes every check, and each check notices one that is wrong.
func TestProof(t *testing.T) {
	prove.Checks(t, func(mutant string) (run.Config, []run.Check, func()) {
		f := newFake(mutant)
		server := prove.Serve(mutants(), mutant, f)
		s := &Site{URL: server.URL + "/webim"}
		if mutant == "" {
			s.URL += "/index.php?action={action}" // as sites in PHP have it
		}
		for _, name := range []string{"romeo", "juliet", "nurse"} {
			s.People = append(s.People, Person{name, f.people[name].password})
		}
		checks := Checks(s)
		for i := range checks {
			if mutant == "" {
				break
			}
			checks[i].Limit = min(checks[i].Limit, 6*prove.Patience)
			if checks[i].ID == "webim/connection/idle" {
				checks[i].Limit = 6 * prove.Patience
			}
		}
		return run.Config{Target: &run.Target{Patience: prove.Patience}, Offers: run.Offering(Contacts, Third), Parallel: 1}, checks, server.Close
	}, prove.Names(mutants()))
}
