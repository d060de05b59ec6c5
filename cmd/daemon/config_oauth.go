package daemon

// OAuthConfig is the section oauth.
type OAuthConfig struct {
	Enabled bool   `toml:"enabled" doc:"Let the sites that causeway app knows ask people to log in with their account here (doc/oauth.md). Passwords are taken by TLS, or from this machine."`
	URL     string `toml:"url" doc:"How browsers and sites reach these pages, such as https://chat.capulet.lit; it is the issuer that OAuth clients see. Without it, what http.url says, or else https, the host's name and the port of http.listen."`
}
