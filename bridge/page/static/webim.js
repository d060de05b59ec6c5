// A client of the webim endpoints: each method is one call (doc/webim.md).
export class Webim extends EventTarget {
  constructor(trace) {
    super();
    this.trace = trace;
    this.ticket = '';
    this.csrf = '';
  }

  tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }

  async call(method, name, params = {}) {
    const all = new URLSearchParams(params);
    if (this.ticket) all.set('ticket', this.ticket);
    if (this.csrf) all.set('csrf_token', this.csrf);
    const shown = new URLSearchParams(params);
    if (shown.has('password')) shown.set('password', '…');
    const url = 'webim/' + name;
    const r = await (method === 'GET'
      ? fetch(url + '?' + all)
      : fetch(url, { method, body: all }));
    const became = r.headers.get('X-Causeway-Stanza');
    this.trace('out', `${method} /webim/${name} ${decodeURIComponent(shown.toString().replaceAll('+', ' '))}`,
      became ? became.split(', ').map(decodeURIComponent) : []);
    const answer = await r.json();
    if (!r.ok) throw new Error(answer.error_msg || r.statusText);
    return answer;
  }

  // online logs in: by the cookie, or with a name and a password.
  async online(params) {
    const a = await this.call('POST', 'online', params);
    if (!a.success) throw new Error(a.error_msg);
    this.ticket = a.connection.ticket;
    this.csrf = a.csrf_token;
    this.server = a.connection.server;
    this.user = a.user;
    this.stopped = new AbortController();
    this.poll(this.stopped.signal, a.connection.domain);
    return a;
  }

  // poll asks again and again for what has come; two failures in a row are the end.
  async poll(signal, domain) {
    let failed = 0;
    while (!signal.aborted) {
      try {
        const r = await fetch(`${this.server}?ticket=${encodeURIComponent(this.ticket)}&domain=${encodeURIComponent(domain)}`, { signal });
        const a = await r.json();
        if (!r.ok) throw new Error(a.error_msg);
        failed = 0;
        for (const kind of ['messages', 'presences', 'statuses']) {
          for (const o of a[kind] || []) {
            this.trace('in', `${kind}: ${JSON.stringify(o)}`);
            this.tell(kind, o);
          }
        }
      } catch (e) {
        if (signal.aborted) return;
        if (++failed > 1) { this.tell('end', e.message); return; }
      }
      await new Promise((next) => setTimeout(next, 200));
    }
  }

  async logout() {
    this.stopped.abort();
    await this.call('POST', 'logout');
    this.ticket = this.csrf = '';
  }
}
