// The right side: somebody with an XMPP client.
import { Client, esc } from './xmpp.js';
import { World } from './world.js';

const STATES = 'http://jabber.org/protocol/chatstates';
const ROOM = 'http://jabber.org/protocol/muc';
const bare = (jid) => (jid || '').split('/')[0];
const nickOf = (jid) => (jid || '').split('/').slice(1).join('/');
const child = (e, name, ns) => [...e.children].find((c) => c.localName === name && (!ns || c.namespaceURI === ns));
// why says what an error stanza tells.
const why = (e) => {
  const error = child(e, 'error');
  return (error && (child(error, 'text')?.textContent || error.firstElementChild?.localName)) || 'no reason is given';
};

export class Right extends World {
  constructor() {
    super('right');
    this.people = new Map();
  }

  async login(user, password) {
    if (!user) [user, password] = this.credentials;
    const url = location.origin.replace(/^http/, 'ws') + '/ws';
    const c = new Client(url, this.trace);
    await c.connect(user, password);
    this.xmpp = c;
    this.name = user.split('@')[0];
    this.nick = this.name[0].toUpperCase() + this.name.slice(1);
    this.room = `balcony@conference.${c.domain}`;
    this.inRoom = false;
    this.title(`${this.nick} — XMPP`);
    c.addEventListener('message', (e) => this.came(e.detail));
    c.addEventListener('presence', (e) => this.appeared(e.detail));
    c.addEventListener('end', () => { if (this.xmpp === c) this.out('The connection has ended.'); });
    const roster = await c.ask('get', "<query xmlns='jabber:iq:roster'/>");
    this.people = new Map([...roster.querySelectorAll('item')].map((i) => [i.getAttribute('jid'), { name: i.getAttribute('name') || i.getAttribute('jid'), resources: new Map() }]));
    await c.ask('set', "<enable xmlns='urn:xmpp:carbons:2'/>");
    const setting = await c.ask('get', "<query xmlns='jabber:iq:private'><page xmlns='urn:causeway:webim'/></query>");
    const times = setting.querySelector('page')?.getAttribute('times') === 'true';
    this.find('.times').checked = times;
    this.root.classList.toggle('with-times', times);
    const first = this.people.has(this.wanted) ? this.wanted : this.people.keys().next().value;
    this.peers([...[...this.people].map(([jid, p]) => [jid, p.name]), [this.room, 'the balcony (a room)']], first);
    await this.talkTo(first, true);
    this.appear('available');
    this.find('.show').value = 'available';
  }

  here(p) { return [...p.resources.values()][0]; }

  async talkTo(id) {
    if (!id) return;
    this.id = id;
    this.clear();
    if (id === this.room) {
      this.inRoom = true;
      this.present = new Map();
      this.xmpp.send(`<presence xmlns='jabber:client' to='${esc(id)}/${esc(this.nick)}'><x xmlns='${ROOM}'><history maxstanzas='0'/></x></presence>`);
    } else {
      this.showPeer();
    }
    const group = id === this.room;
    this.pending = [];
    this.seen = new Set(); // ids in the archive
    const results = [];
    const query = 'h' + Math.random().toString(36).slice(2);
    this.results = { query, results };
    await new Promise((next) => setTimeout(next, group ? 300 : 0));
    try {
      await this.xmpp.ask('set', `<query xmlns='urn:xmpp:mam:2' queryid='${query}'><x xmlns='jabber:x:data' type='submit'>` +
        "<field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field>" + (group ? '' : `<field var='with'><value>${esc(id)}</value></field>`) +
        "</x><set xmlns='http://jabber.org/protocol/rsm'><max>30</max><before/></set></query>", group ? id : '');
    } catch (e) {
      this.line({ note: `no history: ${e.message}` });
    }
    if (this.id !== id) return;
    for (const r of results) {
      this.seen.add(r.parentElement.getAttribute('id'));
      this.show(child(r, 'message'), child(r, 'delay')?.getAttribute('stamp'));
    }
    const rest = this.pending;
    this.pending = undefined;
    rest.forEach((m) => this.hear(m));
  }

  showPeer() {
    const p = this.people.get(this.id);
    if (!p) return;
    const here = this.here(p);
    this.peer(p.name, here?.show || '', here?.status || '');
  }

  show(m, stamp) {
    const body = m && child(m, 'body');
    if (!body) return;
    const from = m.getAttribute('from');
    const group = m.getAttribute('type') === 'groupchat';
    const mine = group ? nickOf(from) === this.nick : bare(from) === this.xmpp.bare;
    const nick = group ? nickOf(from) : mine ? this.nick : this.people.get(bare(from))?.name || bare(from);
    this.line({ mine, nick, text: body.textContent, at: stamp });
  }

  // hear shows what has come, unless the archive had it: what came meanwhile, and what
  // waited for her and is sent when she is available.
  hear(m) {
    const id = child(m, 'stanza-id')?.getAttribute('id');
    if (this.seen.has(id)) return;
    if (id) this.seen.add(id);
    this.show(m, child(m, 'delay')?.getAttribute('stamp'));
  }

  came(m) {
    const result = child(m, 'result', 'urn:xmpp:mam:2');
    if (result) {
      if (result.getAttribute('queryid') === this.results?.query) this.results.results.push(result.firstElementChild);
      return;
    }
    const carbon = [...m.children].find((c) => c.namespaceURI === 'urn:xmpp:carbons:2');
    if (carbon) m = carbon.querySelector('message') || m;
    if (m.getAttribute('type') === 'error') return this.line({ note: `not delivered: ${why(m)}` });
    const from = bare(m.getAttribute('from'));
    const id = from === this.xmpp.bare ? bare(m.getAttribute('to')) : from;
    if (child(m, 'composing', STATES)) return id === this.id && this.writes(this.people.get(from)?.name || from);
    if ([...m.children].some((c) => c.namespaceURI === STATES) && !child(m, 'body')) return id === this.id && this.writes('');
    if (!child(m, 'body')) return;
    if (id === this.id && this.pending) this.pending.push(m);
    else if (id === this.id) this.hear(m);
    else this.line({ note: `${this.people.get(from)?.name || from} wrote elsewhere` });
  }

  appeared(p) {
    const from = p.getAttribute('from');
    const type = p.getAttribute('type');
    if (bare(from) === this.room) {
      if (type === 'error') {
        this.line({ note: `not in the room: ${why(p)}` });
        this.peer('The balcony', '', '');
        return;
      }
      if (type === 'unavailable') this.present.delete(nickOf(from)); else if (!type) this.present.set(nickOf(from), 1);
      if (this.id === this.room) this.roomful([...this.present.keys()].sort());
      return;
    }
    const who = this.people.get(bare(from));
    if (!who) return;
    if (type === 'unavailable') who.resources.delete(nickOf(from));
    else if (!type) who.resources.set(nickOf(from), { show: child(p, 'show')?.textContent || 'available', status: child(p, 'status')?.textContent || '' });
    if (bare(from) === this.id) this.showPeer();
  }

  async say(text) {
    const group = this.id === this.room;
    this.xmpp.send(`<message xmlns='jabber:client' type='${group ? 'groupchat' : 'chat'}' to='${esc(this.id)}' id='m${++this.xmpp.ids}'><body>${esc(text)}</body><active xmlns='${STATES}'/></message>`);
    if (!group) this.line({ mine: true, nick: this.nick, text });
  }

  async typing(on) {
    if (this.id !== this.room) this.xmpp.send(`<message xmlns='jabber:client' type='chat' to='${esc(this.id)}'><${on ? 'composing' : 'active'} xmlns='${STATES}'/></message>`);
  }

  async appear(show) {
    const hide = show === 'invisible';
    if (hide !== !!this.hidden) await this.xmpp.ask('set', `<${hide ? 'invisible' : 'visible'} xmlns='urn:xmpp:invisible:0'/>`);
    this.hidden = hide;
    this.xmpp.send(`<presence xmlns='jabber:client'>${['chat', 'away', 'dnd'].includes(show) ? `<show>${show}</show>` : ''}</presence>`);
    this.me(hide ? '' : show);
  }

  async store(change) {
    await this.xmpp.ask('set', `<query xmlns='jabber:iq:private'><page xmlns='urn:causeway:webim' times='${change.times}'/></query>`);
  }

  async logout() {
    const c = this.xmpp;
    this.xmpp = undefined;
    this.hidden = false;
    c.end();
    this.out();
  }
}
