package daemon

import (
	"fmt"
	"strings"
	"testing"
)

// TestRESTOneLetterEach: of several names of one user he gets one letter (wire part 2, item 2);
// what says less than 5 KB is not too large for how we would write it.
func TestRESTOneLetterEach(t *testing.T) {
	withBackend(t, nil, func(t *testing.T, b *backend) {
		list, _ := b.ok("GET", "/users/romeo", "")["entities"].([]any)
		e, _ := list[0].(map[string]any)
		romeo := b.login("romeo@capulet.lit/orchard")
		w := b.send("POST", "/messages", b.token, fmt.Sprintf(`{"target_type":"users","target":["romeo","ROMEO","%v"],"msg":{"type":"txt","msg":"once"}}`, e["uuid"]))
		if w.Code != 200 || strings.Count(w.Body.String(), "success") != 3 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if got := romeo.hears(); strings.Count(got, "<body>") != 1 {
			t.Errorf("he hears %s", got)
		}
		w = b.send("POST", "/messages/users", b.token, `{"to":["romeo","Romeo"],"type":"txt","body":{"msg":"x"}}`)
		data, _ := decoded(t, w.Body.String())["data"].(map[string]any)
		if got := romeo.hears(); data["romeo"] != data["Romeo"] || !strings.Contains(got, fmt.Sprintf("id='%v'", data["romeo"])) {
			t.Errorf("the ids are %v, heard %s", data, got)
		}
		if w := b.send("POST", "/messages", b.token, `{"target_type":"users","target":["romeo"],"msg":{"type":"txt","msg":"`+strings.Repeat("<&>", 1000)+`"}}`); w.Code != 200 {
			t.Errorf("3 KB: %d %s", w.Code, w.Body)
		}
		for _, lat := range []string{`"NaN"`, `"Inf"`, `"0x1p-2"`, `"1_0"`, `91`, `"1e400"`} {
			if w := b.send("POST", "/messages", b.token, `{"target_type":"users","target":["romeo"],"msg":{"type":"loc","lat":`+lat+`,"lng":11}}`); w.Code != 400 {
				t.Errorf("%s: %d %s", lat, w.Code, w.Body)
			}
		}
	})
}
