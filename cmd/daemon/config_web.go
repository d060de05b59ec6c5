package daemon

// WebSocketConfig is the section websocket.
type WebSocketConfig struct {
	Enabled bool     `toml:"enabled" doc:"Let clients connect at /ws of the HTTP port."`
	Origins []string `toml:"origins" doc:"Origins of the pages that may connect, such as \"https://chat.capulet.lit\". An empty list is all: a page gets nothing here without the password, and no cookie lets it in. What is no browser names no origin and may always connect."`
	Ping    duration `toml:"ping" doc:"Silence after which a client is asked for a sign of life. Proxies forget connections that are idle for long, many of them after a minute."`
}

// BOSHConfig is the section bosh.
type BOSHConfig struct {
	Enabled    bool     `toml:"enabled" doc:"Let clients connect at /bosh of the HTTP port."`
	Wait       duration `toml:"wait" doc:"Longest time that a request waits for something to say. Proxies give up on requests that take longer than they like."`
	Hold       int      `toml:"hold" doc:"Most requests of one client that wait at once."`
	Inactivity duration `toml:"inactivity" doc:"How long a client may be without a request before it counts as gone."`
	Pause      duration `toml:"pause" off:"0s" doc:"How long a client may ask for to be without a request; 0s lets none ask."`
	BodyBytes  int      `toml:"body_bytes" min:"10000" doc:"Largest request in bytes."`
}
