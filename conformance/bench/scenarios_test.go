//go:build bench

package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"causeway/conformance/load"
)

// TestSmokeScenarios carries out the scenarios of `causeway bench`, a little of it, against
// the built server: what they find wrong is wrong with one of both.
func TestSmokeScenarios(t *testing.T) {
	t.Parallel()
	whole := t
	const people = 60
	web := webAddr(t)
	s := newServerWith(t, 80, append(roomSettings, archived, "rest.rate = -1", fmt.Sprintf("http.listen_plain = [%q]", web))...)
	id, secret := s.AddApp(t, "rest", domain, "--key", "bench#rest")
	start(t, s)
	defer s.Stop(t)
	door := (&run{passwords: load.NewPasswords()}).door(s, false)
	all := load.Scenarios()
	// People stay online by webim for a while after their last poll: whoever comes after
	// finds them there.
	slices.SortStableFunc(all, func(a, b load.Scenario) int { return strings.Compare(a.Needs, b.Needs) })
	for _, scenario := range all {
		switch scenario.Name {
		case "saturate", "overload":
			// They find the limits of the disk, where messages are refused, and take long.
			continue
		}
		t.Run(scenario.Name, func(t *testing.T) {
			config := load.Config{
				Door: door, Accounts: 80, Pid: s.Pid(), WebSocket: "ws://" + web + "/ws", BOSH: "http://" + web + "/bosh", Webim: "http://" + web,
				REST:     &load.REST{URL: "http://" + web + "/bench/rest", Client: id, Secret: secret},
				Settings: load.Settings{Connections: people, Pairs: 5, Speakers: 4, Messages: 60, Seconds: 0.3, Warmup: 0.1},
				Restart:  func(context.Context) error { s.Stop(whole); s.Start(whole); return nil },
			}
			if scenario.Name == "offline" { // five accounts for each connection
				config.Settings.Connections = 4
			}
			r := load.Run(t.Context(), config, []load.Scenario{scenario})
			res := r.Results[0]
			if !r.Good() {
				t.Errorf("%s", res.Verdict())
			}
			if len(res.Figures) == 0 {
				t.Error("it found nothing")
			}
			t.Log(res.Figures, res.Notes)
		})
	}
}
