// A chat bar for a page of a site. The site writes
//
//   <script src="https://chat.example/plugchat/bar.js" data-public-key="PUBLICKEY" async></script>
//
// and has a button at the foot of the page, by which visitors talk in the room of the site and
// to its people. The bar keeps two cookies of the site, which its back end reads:
// plugChatUserSessionId and plugChatUserStatus. All that others say becomes text nodes.
(() => {
  'use strict';
  const script = document.currentScript;
  const publicKey = script && script.dataset.publicKey;
  if (!publicKey || window.plugChatBar) return;
  const base = new URL('.', script.src).href;
  const store = 'plugchat ' + publicKey;

  // What is remembered in this browser: the key of the session and whether the bar is open.
  const memory = {
    read() { try { return JSON.parse(localStorage.getItem(store)) || {}; } catch { return this.value || {}; } },
    write(value) { this.value = value; try { localStorage.setItem(store, JSON.stringify(value)); } catch { /* private mode: for this page only */ } },
  };

  // --- cookies of the site ---

  function cookie(name, value) {
    const secure = location.protocol === 'https:' ? '; Secure' : '';
    document.cookie = name + '=' + value + '; Path=/; SameSite=Lax' + secure + (value === '' ? '; Max-Age=0' : '');
  }
  function cookies(id, status) {
    cookie('plugChatUserSessionId', id);
    cookie('plugChatUserStatus', status);
  }

  // --- calls ---

  // call posts a form, which needs no permission asked for first, and gives what the answer has.
  async function call(name, params, signal) {
    const response = await fetch(base + name, {
      method: 'POST', body: new URLSearchParams({ publicKey, ...params }), credentials: 'omit', cache: 'no-store', signal,
    });
    const answer = await response.json();
    if (answer.code !== 200) throw Object.assign(new Error(answer.txt), { code: answer.code });
    return answer.data;
  }
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const newId = () => [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, '0')).join('');

  // --- what is seen ---

  function make(tag, attributes = {}, ...inside) {
    const e = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
    e.append(...inside);
    return e;
  }
  const sheet = `
    :host { all: initial; position: fixed; z-index: 2147483000; right: 1rem; bottom: 0; font: 15px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
      --card: #fff; --ink: #17212b; --soft: #55636f; --line: #cfd8df; --blue: #14608f; --blue-ink: #fff; --mine: #e0eef7; --theirs: #eef0f2; --red: #b3261e; }
    @media (prefers-color-scheme: dark) { :host { --card: #182027; --ink: #e6ecf1; --soft: #9fb0bd; --line: #35434e; --blue: #69b4e4; --blue-ink: #0c1a24;
      --mine: #1d3b50; --theirs: #242f38; --red: #ff8a80; } }
    * { box-sizing: border-box; font: inherit; } [hidden] { display: none !important; }
    button, select, input { color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .4rem .6rem; min-height: 2.5rem; }
    button { cursor: pointer; } :focus-visible { outline: 3px solid var(--blue); outline-offset: 1px; }
    .launch { background: var(--blue); color: var(--blue-ink); border-color: var(--blue); border-radius: .7rem .7rem 0 0; padding: .5rem 1.1rem; font-weight: 600; float: right; }
    .bar { width: 22rem; height: min(31rem, calc(100vh - 2rem)); display: flex; flex-direction: column; background: var(--card); color: var(--ink);
      border: 1px solid var(--line); border-bottom: 0; border-radius: .8rem .8rem 0 0; box-shadow: 0 .3rem 1.6rem #0004; overflow: hidden; }
    header { display: flex; gap: .4rem; align-items: center; padding: .5rem .5rem .5rem .8rem; border-bottom: 1px solid var(--line); }
    header h2 { margin: 0; font-weight: 650; flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .me { color: var(--soft); display: flex; align-items: center; gap: .4rem; min-width: 0; padding: .35rem .8rem; border-bottom: 1px solid var(--line); }
    .me span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .me select { margin-left: auto; max-width: 11rem; min-height: 2.2rem; padding: .2rem .4rem; }
    ol { list-style: none; margin: 0; padding: .7rem; flex: 1; overflow-y: auto; display: flex; flex-direction: column; gap: .45rem; overscroll-behavior: contain; }
    li { display: flex; gap: .5rem; align-items: flex-end; max-width: 100%; } li.mine { flex-direction: row-reverse; }
    li > div { background: var(--theirs); border-radius: .8rem; padding: .35rem .7rem; min-width: 0; max-width: 82%; overflow-wrap: anywhere; white-space: pre-wrap; }
    li.mine > div { background: var(--mine); } li b { display: block; font-size: .8em; font-weight: 600; color: var(--soft); }
    li.unread { outline: 2px solid var(--blue); outline-offset: 2px; border-radius: .8rem; }
    .face { width: 1.9rem; height: 1.9rem; border-radius: 50%; flex: none; object-fit: cover; background: var(--line); color: var(--ink); display: grid; place-items: center; font-size: .8em; font-weight: 600; }
    .note { margin: 0; padding: .35rem .8rem; color: var(--soft); } .note.bad { color: var(--red); }
    form { display: flex; gap: .4rem; padding: .5rem; border-top: 1px solid var(--line); } form input { flex: 1; min-width: 0; }
    form button { background: var(--blue); color: var(--blue-ink); border-color: var(--blue); font-weight: 600; }
    button:disabled, input:disabled { opacity: .55; cursor: default; }
    .out { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    @media (max-width: 30rem) { :host { right: 0; left: 0; } .launch { margin-right: .7rem; } .bar { width: 100%; height: min(31rem, 85vh); border-left: 0; border-right: 0; } }
  `;

  const host = make('div', { 'data-plugchat': '' });
  const root = host.attachShadow({ mode: 'open' });
  const style = new CSSStyleSheet(); // which the site's policy for styles does not hinder
  style.replaceSync(sheet);
  root.adoptedStyleSheets = [style];
  const launch = make('button', { class: 'launch', type: 'button', 'aria-expanded': 'false' }, 'Chat');
  const title = make('h2', { id: 'title' }, 'Chat');
  const hide = make('button', { type: 'button', class: 'hide', 'aria-label': 'Leave the chat' }, '\u2715');
  const face = make('span');
  const name = make('span', { class: 'name' });
  const to = make('select', { class: 'to', 'aria-label': 'Talk to' });
  const lines = make('ol', { class: 'lines', role: 'log', 'aria-live': 'polite', 'aria-label': 'Messages', tabindex: '0' });
  const note = make('p', { class: 'note', role: 'status' });
  const input = make('input', { name: 'text', maxlength: '1000', autocomplete: 'off', placeholder: 'Say something', 'aria-label': 'Message' });
  const send = make('button', { type: 'submit' }, 'Send');
  const form = make('form', {}, input, send);
  const bar = make('section', { class: 'bar', role: 'dialog', 'aria-labelledby': 'title' },
    make('header', {}, title, hide), make('div', { class: 'me' }, face, name, to), lines, note, form);
  bar.hidden = true;
  root.append(launch, bar);

  // picture shows an avatar, or the first letter of a name where there is none.
  function picture(nick, avatar) {
    const letter = () => make('span', { class: 'face', 'aria-hidden': 'true' }, [...nick][0] || '?');
    if (!/^https?:\/\//.test(avatar)) return letter();
    const img = make('img', { class: 'face', src: avatar, alt: '', referrerpolicy: 'no-referrer', loading: 'lazy' });
    img.addEventListener('error', () => img.replaceWith(letter()));
    return img;
  }

  let state = null;
  let events = [];
  const unread = new Set(); // those with whom something was said that was not shown yet

  function tell(text, bad = false) {
    note.textContent = text;
    note.classList.toggle('bad', bad);
    note.hidden = text === '';
  }

  function line(e) {
    const li = make('li', { class: e.me ? 'mine' : 'theirs' }, picture(e.nick, e.avatar), make('div', {}, make('b', {}, e.me ? 'You' : e.nick), make('span', {}, e.text)));
    li.title = new Date(e.at).toLocaleString();
    return li;
  }

  function showLines() {
    lines.replaceChildren(...events.filter((e) => e.with === to.value).map(line));
    lines.scrollTop = lines.scrollHeight;
  }

  // showTo lists with whom one can talk: the room, its people, those of the site, and whoever
  // has written.
  function showTo() {
    const chosen = to.value;
    const options = new Map();
    if (state.room) options.set('', 'Everybody');
    for (const c of state.contacts) options.set(c.to, c.name);
    for (const e of events) if (e.with && !options.has(e.with)) options.set(e.with, e.me ? e.with : e.nick);
    if (state.room && state.room.inside) {
      for (const p of state.room.people) if (!p.me) options.set(roomAddress + '/' + p.nick, p.nick);
    }
    if (chosen && !options.has(chosen)) options.set(chosen, chosen.split('/').pop());
    to.replaceChildren(...[...options].map(([value, text]) => {
      const o = make('option', {}, (unread.has(value) ? '\u25cf ' : '') + text);
      o.value = value;
      return o;
    }));
    to.value = options.has(chosen) ? chosen : to.options.length ? to.options[0].value : '';
    to.hidden = options.size < 2;
  }

  let roomAddress = '';

  function showState(s) {
    state = s;
    roomAddress = s.room ? s.room.address : '';
    cookies(s.id, s.status);
    face.replaceChildren(picture(s.nick, s.avatar));
    name.textContent = s.nick;
    title.textContent = s.room ? s.room.name + (s.room.inside ? ' (' + s.room.count + ')' : '') : 'Chat';
    showTo();
    const silent = !to.options.length || (to.value === '' && !(s.room && s.room.inside));
    input.disabled = send.disabled = silent;
    tell(s.room && !s.room.inside ? s.room.why : '');
    host.dispatchEvent(new CustomEvent('plugchat', { detail: { id: s.id, status: s.status } }));
  }

  function take(update) {
    if (update.gap) events = [];
    const whom = to.value;
    events.push(...update.events);
    if (events.length > 300) events = events.slice(-300);
    for (const e of update.events) if (e.with !== whom && !e.me && !update.gap) unread.add(e.with);
    if (update.state) showState(update.state);
    else if (update.events.length) showTo();
    if (update.gap || to.value !== whom) showLines();
    else {
      const atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40;
      lines.append(...update.events.filter((e) => e.with === whom).map(line));
      if (atEnd) lines.scrollTop = lines.scrollHeight;
    }
    return update.after;
  }

  // --- the session ---

  let stop = null; // ends the session of this page

  async function run(signal) {
    for (let after = '', pause = 0; !signal.aborted;) {
      try {
        if (after === '') {
          const opened = await call('open', { key: memory.read().key || '' }, signal);
          memory.write({ open: true, key: opened.key });
          after = take(opened);
        } else {
          const asked = Date.now();
          const update = await call('poll', { key: memory.read().key || '', after }, signal);
          if (signal.aborted) return;
          after = take(update);
          // Answered at once with nothing new: there are more pages than can wait, and this one
          // would send the next away.
          if (!update.events.length && !update.state && Date.now() - asked < 1000) await wait(2000 + 1000 * Math.random());
        }
        pause = 0;
      } catch (err) {
        if (signal.aborted) return;
        if (err.code === 401) {
          if (!memory.read().open) return close(false); // another page of this browser has left
          after = ''; // the session is over; a new one follows
        } else if (err.code === 300) {
          cookies('', '');
          console.warn(`plugchat: ${err.message}`); // for who builds the site
          return tell('The chat is closed.', true);
        } else tell(err.code ? err.message : 'No connection; trying again \u2026', true);
        pause = Math.min(Math.max(pause * 2, 500), 15000);
        await wait(pause * (0.75 + Math.random() / 2));
        if (state && !signal.aborted) tell('');
      }
    }
  }

  function open(byHand) {
    if (stop) return;
    stop = new AbortController();
    bar.hidden = false;
    launch.hidden = true;
    launch.setAttribute('aria-expanded', 'true');
    tell('Connecting \u2026');
    input.disabled = send.disabled = true;
    memory.write({ ...memory.read(), open: true });
    run(stop.signal);
    if (byHand) (input.disabled ? hide : input).focus();
  }

  function close(byHand) {
    if (!stop) return;
    stop.abort();
    stop = null;
    const { key } = memory.read();
    memory.write({});
    cookies('', '');
    if (byHand && key) call('close', { key }).catch(() => {}); // it ends by itself as well
    state = null;
    events = [];
    unread.clear();
    lines.replaceChildren();
    bar.hidden = true;
    launch.hidden = false;
    launch.setAttribute('aria-expanded', 'false');
    if (byHand) launch.focus();
  }

  launch.addEventListener('click', () => open(true));
  hide.addEventListener('click', () => close(true));
  to.addEventListener('change', () => {
    unread.delete(to.value);
    if (state) showState(state);
    showLines();
  });
  form.addEventListener('submit', async (e) => {
    e.preventDefault();
    const text = input.value;
    if (!text.trim() || send.disabled) return;
    const said = { key: memory.read().key || '', to: to.value, text, id: newId() };
    send.disabled = true;
    try {
      await call('say', said).catch((err) => { if (err.code) throw err; return wait(1000).then(() => call('say', said)); });
      if (input.value === text) input.value = '';
      tell('');
    } catch (err) {
      tell(err.code === 429 ? 'Not so fast, please.' : 'That was not sent. ' + err.message, true);
    }
    send.disabled = input.disabled;
  });

  window.plugChatBar = { open: () => open(true), close: () => close(true), element: host };
  function begin() {
    document.body.append(host);
    if (memory.read().open || script.dataset.open !== undefined) open(false);
    else cookies('', '');
  }
  if (document.body) begin();
  else document.addEventListener('DOMContentLoaded', begin);
})();
