package load

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// A REST is where a REST API is, and who asks it.
type REST struct {
	URL    string // of an app: http://HOST/ORG/APP
	Client string
	Secret string
}

// longScenarios are several things at once.
func longScenarios() []Scenario {
	return []Scenario{
		{
			Name: "rest", Text: "a back end that asks the REST API who is online", Needs: NeedsREST,
			Defaults: Settings{Connections: 8, Seconds: 10, Warmup: 1},
			people:   func(s Settings) int { return s.Connections }, run: rest,
		},
		{
			Name: "mixed", Text: "a day of all: chat, a room, presence, people who come and go, pages of archives",
			Defaults: Settings{Connections: 1000, Rate: 500, Seconds: 60, Warmup: 5, Size: messageSize, Speakers: 4, Messages: 200},
			people:   func(s Settings) int { return s.Connections }, run: mixed,
		},
	}
}

// rest asks for the status of accounts on kept connections, one request at a time each.
func rest(ctx context.Context, r *run) error {
	client := &http.Client{Timeout: AnswerLimit, Transport: &http.Transport{MaxIdleConnsPerHost: r.set.Connections, TLSClientConfig: r.Door.TLS}}
	defer client.CloseIdleConnections()
	token, err := r.REST.token(ctx, client)
	if err != nil {
		return err
	}
	before, after, err := r.requests(ctx, r.set.Connections, func(w, _ int) (time.Time, error) {
		user := r.Door.Account(w).User
		body, err := ask(ctx, client, r.REST.URL+"/users/"+url.PathEscape(user)+"/status", token)
		if err == nil && !bytes.Contains(body, []byte(`"`+user+`"`)) {
			err = fmt.Errorf("status of %s: %.200q", user, body)
		}
		return time.Now(), err
	})
	if err != nil {
		return err
	}
	r.asked(before, after, "requests_per_s", "requests", "cpu_ms_per_request", "CPU ms a request")
	return nil
}

// token asks for a token of the app.
func (a *REST) token(ctx context.Context, client *http.Client) (string, error) {
	form, err := json.Marshal(map[string]string{"grant_type": "client_credentials", "client_id": a.Client, "client_secret": a.Secret})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.URL+"/token", bytes.NewReader(form))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	body, err := answer(client, req)
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	var got struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(body, &got); err != nil || got.Token == "" {
		return "", errors.Join(errors.New("no token came"), err)
	}
	return got.Token, nil
}

func ask(ctx context.Context, client *http.Client, at, token string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	return answer(client, req)
}

// answer sends a request and gives the body of a 200.
func answer(client *http.Client, req *http.Request) ([]byte, error) {
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(bufio.NewReader(res.Body), mostAnswer))
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.200q", res.Status, body)
	}
	return body, err
}

// mixed does much at once: of the people, a tenth is in a room, four tenths write to each
// other, a tenth comes and goes, one reads an archive, and the rest is there.
func mixed(ctx context.Context, r *run) error {
	n := r.set.Connections / 10 &^ 1
	if n < 4 {
		return fmt.Errorf("mixed: %d connections are too few, it needs 40", r.set.Connections)
	}
	people, err := r.Door.Gather(ctx, 0, 9*n) // the last tenth comes and goes
	if err != nil {
		return err
	}
	defer people.Part()
	address, err := r.fillRoom(people[:n])
	if err != nil {
		return err
	}
	const spoken = 0.02 // share of the messages that are said in the room
	speakers := min(r.set.Speakers, n)
	inRoom := &talk{members: gathered(people[:n], r.meter, address, speakers, r.set.Size), pace: seconds(float64(speakers) / (r.set.Rate * spoken))}
	chatters := people[n : 5*n]
	chats := &talk{
		members: pairs(chatters, r.meter, func(i int) string { return r.to(n + i) }, r.set.Size, 4<<10),
		pace:    seconds(float64(len(chatters)) / r.set.Rate),
	}
	beside := r.startBeside(ctx, people[8*n:])
	warmup, duration := seconds(r.set.Warmup), seconds(r.set.Seconds)
	var all sync.WaitGroup
	var roomErr error
	all.Go(func() { _, _, roomErr = r.talkQuietly(ctx, inRoom, warmup, duration) }) // ends with its time
	before, after, err := r.talkQuietly(ctx, chats, warmup, duration)
	all.Wait()
	beside.end()
	inRoom.judge(r.res)
	chats.judge(r.res)
	if err := errors.Join(err, roomErr); err != nil {
		return err
	}
	r.rates(before, after)
	r.res.note("%d log-ins, %d changes of presence and %d pages of an archive beside the messages; latency is that of messages in chats and the room",
		beside.came.Load(), beside.changed.Load(), beside.read.Load())
	r.drift()
	return nil
}

// A sideshow is what goes on beside messages.
type sideshow struct {
	stop                func()
	all                 sync.WaitGroup
	came, changed, read atomic.Int64
}

// startBeside has others come and go, and quiet people change their presence; the last of
// them reads an archive.
func (r *run) startBeside(ctx context.Context, quiet Crowd) *sideshow {
	ctx, cancel := context.WithCancel(ctx)
	s := &sideshow{stop: cancel}
	n := len(quiet)
	s.each(ctx, r, seconds(100/r.set.Rate), &s.came, func(k int) error {
		c, err := r.Door.Login(ctx, 9*n+k%n)
		if err != nil {
			return err
		}
		return errors.Join(c.Appear(), c.Settle(), c.Close())
	})
	s.each(ctx, r, seconds(50/r.set.Rate), &s.changed, func(k int) error {
		c := quiet[k%(n-1)]
		show := [...]string{"away", "chat"}[k/(n-1)%2]
		return errors.Join(c.Send("<presence><show>"+show+"</show></presence>"), c.Settle())
	})
	s.each(ctx, r, seconds(50/r.set.Rate), &s.read, func(int) error {
		_, err := quiet[n-1].page("", "<before/>")
		return err
	})
	return s
}

// each does something each time until the end, or an error.
func (s *sideshow) each(ctx context.Context, r *run, every time.Duration, count *atomic.Int64, do func(k int) error) {
	s.all.Go(func() { // ends with ctx, which end ends
		clock := time.NewTicker(every)
		defer clock.Stop()
		for k := 0; ; k++ {
			select {
			case <-ctx.Done():
				return
			case <-clock.C:
			}
			if err := do(k); err != nil {
				if ctx.Err() == nil {
					r.res.inTrouble(err)
				}
				return
			}
			count.Add(1)
		}
	})
}

func (s *sideshow) end() {
	s.stop()
	s.all.Wait()
}

// drift adds what has grown from the end of the first sixth of the time to the end.
func (r *run) drift() {
	r.meter.mu.Lock()
	series := r.meter.series
	r.meter.mu.Unlock()
	const fewest = 12
	if len(series) < fewest {
		return
	}
	sixth := len(series) / 6
	mean := func(part []Sample, of func(Sample) float64) float64 {
		sum := 0.0
		for _, s := range part {
			sum += of(s)
		}
		return sum / float64(len(part))
	}
	early, late := series[sixth:2*sixth], series[len(series)-sixth:]
	grown := func(name, text string, of func(Sample) float64) {
		if a := mean(early, of); a > 0 {
			r.res.add(name, text, "times the second sixth of the time, in the last", mean(late, of)/a)
		}
	}
	grown("p99_growth", "p99", func(s Sample) float64 { return s.P99 })
	// What is resident counts pages of files too, which a store maps: they grow with what it keeps.
	grown("memory_growth", "heap and stacks", func(s Sample) float64 { return s.Anonymous })
	grown("resident_growth", "resident memory, mapped files included", func(s Sample) float64 { return s.RSS })
	grown("files_growth", "open files", func(s Sample) float64 { return float64(s.Files) })
	grown("goroutines_growth", "goroutines", func(s Sample) float64 { return float64(s.Goroutines) })
}
