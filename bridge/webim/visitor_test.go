package webim

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"causeway/bridge"
)

// There is an end to how many visitors are here, wherever they come from.
func TestManyVisitors(t *testing.T) {
	o := new(orchard)
	p, _ := o.stands(t)
	p.hall.guests = maxVisitors
	h := &Handler{cfg: Config{Visitors: []string{"capulet.lit"}}, hall: p.hall, guests: bridge.NewRates[netip.Prefix](10, time.Minute, 10)}
	c := &call{r: httptest.NewRequest(http.MethodPost, "/webim/online", nil), site: capulet, params: bridge.Params{"visitor": "true"}}
	var told *bridge.Problem
	if _, _, _, err := h.visitor(t.Context(), c); !errors.As(err, &told) || told.Status != http.StatusServiceUnavailable {
		t.Errorf("one more: %v", err)
	}
}
