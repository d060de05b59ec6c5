//go:build bench

package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"causeway/conformance/load"
	"causeway/conformance/process"
	"causeway/store"
	"causeway/store/badger"
	"causeway/xmpp/account"
	"causeway/xmpp/jid"
)

const (
	restBase  = "/bench/rest"
	restBatch = 60 // users that one call registers
	restPage  = 100
	restRate  = 1000 // registrations a second
)

// A backend calls the REST admin API on one connection, in the clear.
type backend struct {
	*load.WebConn
	token string
}

func (b *backend) call(method, path, body string) ([]byte, error) {
	head := method + " " + restBase + path + " HTTP/1.1\r\nHost: " + domain + "\r\n"
	if b.token != "" {
		head += "Authorization: Bearer " + b.token + "\r\n"
	}
	if _, err := io.WriteString(b, head+"Content-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body); err != nil {
		return nil, err
	}
	text, err := b.Answer()
	return []byte(text), err
}

// rest measures the REST admin API of a host with many users: pages of their list, what is
// asked of one, and registrations while others chat.
func (r *run) rest(t *testing.T) {
	const pairs = 10
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	plain := port.Addr().String()
	if err := port.Close(); err != nil {
		t.Fatal(err)
	}
	s := process.New(t, domain, "c2s.plain_loopback = true", "c2s.rate_bytes = -1", unarchived, "rest.rate = -1", fmt.Sprintf("http.listen_plain = [%q]", plain),
		`accounts.hashes = ["SCRAM-SHA-256"]`, "accounts.iterations = 4096")
	addUsers(t, s, 2*pairs)
	users := r.size.archive // as many as there are messages in the archive that is read
	register(t, s, users)
	id, secret := s.AddApp(t, "rest", domain, "--key", "bench#rest")
	start(t, s)
	defer s.Stop(t)
	var callers []*backend
	for range 8 {
		conn, err := load.DialWeb(t.Context(), plain)
		if err != nil {
			t.Fatal(err)
		}
		callers = append(callers, &backend{WebConn: conn})
	}
	var token struct {
		Token string `json:"access_token"`
	}
	text, err := callers[0].call(http.MethodPost, "/token", fmt.Sprintf(`{"grant_type":"client_credentials","client_id":%q,"client_secret":%q}`, id, secret))
	if err != nil || json.Unmarshal(text, &token) != nil {
		t.Fatalf("%s, %v", text, err)
	}
	for _, c := range callers {
		c.token = token.Token
	}
	atRest(t, s)
	r.restPages(t, callers[0], users)
	r.restReads(t, s, callers)
	r.restRegister(t, s, callers[:2], pairs)
}

// register makes users as the API does, but for their keys, which are all the same.
func register(t *testing.T, s *process.Server, n int) {
	t.Helper()
	kept, err := store.Open(t.Context(), badger.Options{Dir: filepath.Join(s.Data, "store")})
	if err != nil {
		t.Fatal(err)
	}
	like, err := kept.Accounts().Get(t.Context(), jid.MustParse(bareJID(0)))
	if err != nil {
		t.Fatal(err)
	}
	const part = 10_000
	for first := 0; first < n; first += part {
		list := make([]account.Account, 0, part)
		for i := first; i < min(n, first+part); i++ {
			a := like
			a.JID, a.ID = jid.MustParse(fmt.Sprintf("many%d@%s", i, domain)), account.ID{}
			list = append(list, a)
		}
		if err := errors.Join(kept.Accounts().CreateAll(t.Context(), list)...); err != nil {
			t.Fatal(err)
		}
	}
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}
}

// atRest waits until a server has tidied up its store, which was filled moments ago.
func atRest(t *testing.T, s *process.Server) {
	t.Helper()
	const look, busy, atMost = time.Second, 50 * time.Millisecond, 60
	for range atMost {
		used, err := load.CPUDuring(s.Pid(), func() error { <-time.After(look); return nil })
		if err != nil {
			t.Fatal(err)
		}
		if used < busy {
			return
		}
	}
	t.Logf("the server is not at rest after %d s", atMost)
}

// restPages reads pages from all over the list, each by the cursor of the one before.
func (r *run) restPages(t *testing.T, b *backend, users int) {
	var took []float64
	cursor := ""
	for range min(r.size.pages, users/restPage) {
		begin := time.Now()
		text, err := b.call(http.MethodGet, fmt.Sprintf("/users?limit=%d&cursor=%s", restPage, cursor), "")
		took = append(took, time.Since(begin).Seconds()*1e3)
		var page struct{ Cursor string }
		if err != nil || json.Unmarshal(text, &page) != nil {
			t.Fatalf("%.200s, %v", text, err)
		}
		cursor = page.Cursor
	}
	slices.Sort(took)
	r.report(t, figure{
		name: fmt.Sprintf("a page of %d of %d users", restPage, users), unit: "ms at p99", value: took[len(took)*99/100], target: 5,
		beside: "median " + number(median(took)) + " ms, at worst " + number(took[len(took)-1]),
	})
}

// restReads asks whether users are on line, and for their contacts.
func (r *run) restReads(t *testing.T, s *process.Server, callers []*backend) {
	for _, what := range []string{"status", "contacts/users"} {
		var rates, costs []float64
		n := r.size.pongs / 4
		for range r.size.rounds {
			begin := time.Now()
			used, err := load.CPUDuring(s.Pid(), func() error {
				return load.Each(len(callers), len(callers), func(i int) error {
					for k := range n / len(callers) {
						if _, err := callers[i].call(http.MethodGet, fmt.Sprintf("/users/many%d/%s", (k*7919+i)%1000, what), ""); err != nil {
							return err
						}
					}
					return nil
				})
			})
			if err != nil {
				t.Fatal(err)
			}
			rates, costs = append(rates, float64(n)/time.Since(begin).Seconds()), append(costs, used.Seconds()*1e6/float64(n))
		}
		r.report(t, figure{
			name: "REST: " + what, unit: "per second", value: median(rates), target: 10_000, more: true,
			beside: number(median(costs)) + " µs of CPU of the server each, the callers being on the same processors",
		})
	}
}

// restRegister registers users in batches while pairs of people chat.
func (r *run) restRegister(t *testing.T, s *process.Server, callers []*backend, pairs int) {
	people, err := r.door(s, false).Gather(t.Context(), 0, 2*pairs)
	if err != nil {
		t.Fatal(err)
	}
	defer people.Part()
	p99 := func(delays []time.Duration) float64 {
		slices.Sort(delays)
		return delays[len(delays)*99/100].Seconds() * 1e3
	}
	var quiet, loud, rates, costs []float64
	var batch atomic.Int64
	const total = 50 // batches
	register := func(due func(k int)) error {
		return load.Each(len(callers), len(callers), func(i int) error {
			for k := i; k < total; k += len(callers) {
				due(k)
				if _, err := callers[i].call(http.MethodPost, "/users", newcomers(batch.Add(1))); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for range r.size.rounds {
		begin := time.Now()
		used, err := load.CPUDuring(s.Pid(), func() error { return register(func(int) {}) })
		if err != nil {
			t.Fatal(err)
		}
		rates, costs = append(rates, total*restBatch/time.Since(begin).Seconds()), append(costs, used.Seconds()*1e3/(total*restBatch))
	}
	for range r.size.rounds {
		delays, err := during(people, 0, func() error { return nowAndThen(r.size.bursts, func() error { return nil }) })
		if err != nil {
			t.Fatal(err)
		}
		quiet = append(quiet, p99(delays))
		delays, err = during(people, 0, func() error {
			begin := time.Now()
			return register(func(k int) {
				<-time.After(time.Until(begin.Add(time.Duration(k) * time.Second * restBatch / restRate)))
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		loud = append(loud, p99(delays))
	}
	r.report(t, figure{
		name: fmt.Sprintf("REST: registrations, by %d", restBatch), unit: "per second", value: median(rates), target: restRate, more: true,
		beside: number(median(costs)) + " ms of CPU each, one key set of 4096 rounds of SHA-256 included",
	})
	r.report(t, figure{
		name: fmt.Sprintf("chat beside %d of them a second", restRate), unit: "× p99 of quiet times", value: median(loud) / median(quiet), target: 2,
		beside: fmt.Sprintf("p99 %s ms instead of %s", number(median(loud)), number(median(quiet))),
	})
}

// newcomers is the body of a call that registers a batch.
func newcomers(batch int64) string {
	var b bytes.Buffer
	for i := range restBatch {
		fmt.Fprintf(&b, `,{"username":"new%d-%d","password":"%s"}`, batch, i, strings.Repeat("x", 16))
	}
	return "[" + b.String()[1:] + "]"
}
