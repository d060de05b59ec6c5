// The left side: somebody who is a web page.
import { Webim } from './webim.js';
import { World } from './world.js';

const plain = (html) => new DOMParser().parseFromString(html, 'text/html').documentElement.textContent;

export class Left extends World {
  constructor() {
    super('left');
    this.wanted = '';
  }

  async login(user, password) {
    const w = new Webim(this.trace);
    const ids = { show: 'available', buddy_ids: this.wanted || '' };
    let a;
    try {
      if (user) throw new Error('by name');
      a = await w.online(ids);
    } catch {
      if (!user) { [user, password] = this.credentials; }
      a = await w.online({ ...ids, username: user, password });
    }
    this.webim = w;
    this.people = new Map(a.buddies.map((b) => [b.id, b]));
    this.rooms = new Map(a.rooms.map((r) => [r.id, r]));
    this.title(`${plain(a.user.nick)} — webim`);
    this.me(a.user.show);
    this.find('.show').value = a.user.show;
    this.setting = a.setting || {};
    this.find('.times').checked = !!this.setting.times;
    this.root.classList.toggle('with-times', !!this.setting.times);
    w.addEventListener('messages', (e) => this.came(e.detail));
    w.addEventListener('presences', (e) => this.appeared(e.detail));
    w.addEventListener('statuses', (e) => {
      if (e.detail.from === this.id) this.writes(e.detail.show === 'typing' ? plain(e.detail.nick) : '');
    });
    w.addEventListener('end', () => this.out('The connection has ended.'));
    const first = this.people.has(this.wanted) ? this.wanted : a.buddies[0]?.id;
    this.list(first);
    // What is new is not in the history beside it, which has what he wrote later elsewhere.
    const news = a.new_messages.filter((m) => m.type !== 'grpchat' && m.from === first && !m.body.startsWith('webim-event:'));
    const past = this.people.get(first)?.history;
    await this.talkTo(first, past && [...past, ...news].sort((x, y) => x.timestamp - y.timestamp));
    for (const m of a.new_messages) if (!past || !news.includes(m)) this.came(m);
  }

  list(chosen) {
    this.peers([...[...this.people.values()].map((b) => [b.id, plain(b.nick)]), ['#balcony', 'the balcony (a room)']], chosen);
  }

  async talkTo(id, past) {
    if (!id) return;
    this.id = id;
    this.clear();
    if (id.startsWith('#')) {
      const room = await this.webim.call('POST', 'join', { id: id.slice(1), nick: 'The balcony' });
      this.rooms.set(room.id, room);
      this.members(room.members || []);
    } else {
      const b = this.people.get(id);
      this.peer(plain(b.nick), b.presence === 'online' ? b.show : '', plain(b.status || ''));
    }
    const group = id.startsWith('#');
    this.pending = [];
    past ||= await this.webim.call('GET', 'history', { type: group ? 'grpchat' : 'chat', id: group ? id.slice(1) : id });
    if (this.id !== id) return;
    for (const m of past) this.show(m);
    // What came meanwhile may be in the history, too.
    const told = (m) => past.some((p) => p.from === m.from && p.body === m.body && Math.abs(p.timestamp - m.timestamp) < 5000);
    const rest = this.pending.filter((m) => !told(m));
    this.pending = undefined;
    rest.forEach((m) => this.show(m));
  }

  members(list) {
    this.roomful(list.map((m) => plain(m.nick)));
  }

  show(m) { this.line({ mine: m.from === this.webim.user.id, nick: plain(m.nick), text: m.body, at: +m.timestamp }); }

  came(m) {
    if (m.body.startsWith('webim-event:')) return;
    const id = m.type === 'grpchat' ? '#' + m.to : m.from === this.webim.user.id ? m.to : m.from;
    if (id === this.id && this.pending) this.pending.push(m);
    else if (id === this.id) this.show(m);
    else this.line({ note: `${plain(m.nick)} wrote elsewhere` });
  }

  async appeared(p) {
    if (['online', 'offline', 'show'].includes(p.type)) {
      const b = this.people.get(p.from) || { id: p.from, nick: p.nick };
      Object.assign(b, { show: p.show, status: p.status, presence: p.type === 'offline' ? 'offline' : 'online' });
      if (!this.people.has(p.from)) { this.people.set(p.from, b); this.list(this.id); }
      if (p.from === this.id) this.peer(plain(b.nick), b.presence === 'online' ? b.show : '', plain(b.status || ''));
    } else if ('#' + p.to === this.id) {
      this.members(await this.webim.call('GET', 'members', { id: p.to }));
    }
  }

  async say(text) {
    const group = this.id.startsWith('#');
    const to = group ? this.id.slice(1) : this.id;
    const a = await this.webim.call('POST', 'message', { type: group ? 'grpchat' : 'chat', to, body: text });
    if (a.status === 'error') throw new Error(a.message);
    this.line({ mine: true, nick: plain(this.webim.user.nick), text });
  }

  async typing(on) {
    if (!this.id.startsWith('#')) await this.webim.call('POST', 'status', { to: this.id, show: on ? 'typing' : 'clear' });
  }

  async appear(show) {
    await this.webim.call('POST', 'presence', { show, status: '' });
    this.me(show === 'invisible' ? '' : show);
  }

  async store(change) {
    Object.assign(this.setting, change);
    await this.webim.call('POST', 'setting', { data: JSON.stringify(this.setting) });
  }

  async logout() {
    await this.webim.logout();
    this.out();
  }
}
