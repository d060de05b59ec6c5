// A small XMPP client over WebSocket (RFC 6120, RFC 6121, RFC 7395).
import { Scram } from './scram.js';

const FRAMING = 'urn:ietf:params:xml:ns:xmpp-framing';
const SASL = 'urn:ietf:params:xml:ns:xmpp-sasl';
export const esc = (s) => String(s).replace(/[&<>'"]/g, (c) => `&#${c.charCodeAt(0)};`);

export class Client extends EventTarget {
  constructor(url, trace) {
    super();
    this.url = url;
    this.trace = trace;
    this.asked = new Map();
    this.waiting = [];
    this.ids = 0;
  }

  tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }

  send(xml, shown = xml) {
    this.trace('out', shown);
    this.socket.send(xml);
  }

  // next gives the next element before the session is there.
  next() { return new Promise((yes, no) => this.waiting.push({ yes, no })); }

  take(xml) {
    const e = new DOMParser().parseFromString(xml, 'text/xml').documentElement;
    this.trace('in', e.namespaceURI === SASL && e.localName !== 'failure' ? `<${e.localName} xmlns='${SASL}'>…</${e.localName}>` : xml);
    if (e.localName === 'error') { // of the stream (RFC 7395 §3.5); the end follows
      for (const w of this.waiting.splice(0)) w.no(new Error(`the server says: ${e.querySelector('text')?.textContent || e.firstElementChild?.localName}`));
      return;
    }
    if (this.waiting.length && !['message', 'presence', 'iq'].includes(e.localName)) {
      this.waiting.shift().yes(e);
      return;
    }
    const id = e.getAttribute('id');
    if (e.localName === 'iq' && this.asked.has(id)) {
      const { yes, no } = this.asked.get(id);
      this.asked.delete(id);
      if (e.getAttribute('type') === 'result') yes(e); else no(new Error(e.querySelector('error > *')?.localName || 'error'));
    } else if (e.localName === 'iq' && ['get', 'set'].includes(e.getAttribute('type'))) {
      const from = e.getAttribute('from');
      const known = e.getAttribute('type') === 'set';
      this.send(`<iq xmlns='jabber:client' id='${esc(id)}'${from ? ` to='${esc(from)}'` : ''} type='${known ? 'result' : 'error'}'>` +
        (known ? '' : "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>") + '</iq>');
    } else if (e.localName === 'close') {
      this.socket.close();
    } else {
      this.tell(e.localName, e);
    }
  }

  ask(type, payload, to = '') {
    const id = 'q' + ++this.ids;
    this.send(`<iq xmlns='jabber:client' type='${type}' id='${id}'${to ? ` to='${esc(to)}'` : ''}>${payload}</iq>`);
    return new Promise((yes, no) => this.asked.set(id, { yes, no }));
  }

  async open() {
    this.send(`<open xmlns='${FRAMING}' to='${esc(this.domain)}' version='1.0'/>`);
    await this.next(); // <open/>
    return this.next(); // features
  }

  async connect(address, password) {
    const [user, domain] = address.split('@');
    this.domain = domain;
    this.bare = address;
    this.socket = new WebSocket(this.url, 'xmpp');
    await new Promise((yes, no) => {
      this.socket.onopen = yes;
      this.socket.onerror = () => no(new Error('no connection'));
    });
    this.socket.onmessage = (m) => this.take(m.data);
    this.socket.onclose = () => {
      for (const w of this.waiting) w.no(new Error('the connection has ended'));
      for (const { no } of this.asked.values()) no(new Error('the connection has ended'));
      this.tell('end');
    };
    await this.open();
    const scram = new Scram(user, password);
    this.send(`<auth xmlns='${SASL}' mechanism='SCRAM-SHA-256'>${scram.first()}</auth>`, `<auth xmlns='${SASL}' mechanism='SCRAM-SHA-256'>…</auth>`);
    let e = await this.next();
    if (e.localName === 'challenge') {
      this.send(`<response xmlns='${SASL}'>${await scram.final(e.textContent)}</response>`, `<response xmlns='${SASL}'>…</response>`);
      e = await this.next();
    }
    if (e.localName !== 'success') throw new Error(e.firstElementChild?.localName || 'not authorized');
    scram.verify(e.textContent);
    await this.open();
    const bound = await this.ask('set', "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>");
    this.jid = bound.querySelector('jid').textContent;
  }

  end() { this.send(`<close xmlns='${FRAMING}'/>`); }
}
