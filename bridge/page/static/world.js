// One side of the page: what people see, whatever the way to the server is.
const keep = 60;

export class World {
  constructor(id) {
    this.root = document.getElementById(id);
    this.typingEnds = 0;
    this.find('.login').addEventListener('submit', (e) => {
      e.preventDefault();
      const f = new FormData(e.target);
      this.enter(f.get('user'), f.get('password'));
    });
    this.find('.logout').addEventListener('click', () => this.run(() => this.logout()));
    this.find('.show').addEventListener('change', (e) => this.run(() => this.appear(e.target.value)));
    this.find('.peer').addEventListener('change', (e) => this.run(() => this.talkTo(e.target.value)));
    this.find('.times').addEventListener('change', (e) => {
      this.root.classList.toggle('with-times', e.target.checked);
      this.run(() => this.store({ times: e.target.checked }));
    });
    this.find('.say').addEventListener('submit', (e) => {
      e.preventDefault();
      const text = e.target.elements.text.value.trim();
      if (!text) return;
      e.target.reset();
      this.calm();
      this.run(() => this.say(text));
    });
    this.find('.say input').addEventListener('input', () => {
      if (!this.writing) this.run(() => this.typing(true));
      clearTimeout(this.writing);
      this.writing = setTimeout(() => { this.calm(); this.run(() => this.typing(false)); }, 6000);
    });
  }

  find(what) { return this.root.querySelector(what); }

  calm() { clearTimeout(this.writing); this.writing = 0; }

  async run(does) {
    try { await does(); } catch (e) { this.line({ note: e.message }); }
  }

  async enter(user, password) {
    this.find('.error').textContent = '';
    try {
      await this.login(user, password);
      this.find('.login').hidden = true;
      this.find('.talk').hidden = false;
    } catch (e) {
      this.out(/^not.authorized$/i.test(e.message) ? 'The name or the password is wrong.' : e.message);
    }
  }

  // out shows the form to log in again.
  out(why = '') {
    this.find('.error').textContent = why;
    this.find('.login').hidden = false;
    this.find('.talk').hidden = true;
    this.lamp(this.find('.who .lamp'), '');
  }

  offer(user, password) {
    const f = this.find('.login').elements;
    f.user.value = user;
    f.password.value = password;
  }

  title(name) { this.find('h2').textContent = name; }

  lamp(at, show) {
    at.dataset.show = show;
    at.setAttribute('aria-label', show || 'offline');
  }

  me(show) { this.lamp(this.find('.who .lamp'), show); }

  peer(name, show, status) {
    this.lamp(this.find('.peerline .lamp'), show);
    this.find('.peername').textContent = [name, show || 'offline', status].filter(Boolean).join(' · ');
  }

  roomful(names) {
    this.lamp(this.find('.peerline .lamp'), 'available');
    this.find('.peername').textContent = 'The balcony · here: ' + names.join(', ');
  }

  peers(list, chosen) {
    const select = this.find('.peer');
    select.replaceChildren(...list.map(([value, name]) => new Option(name, value, false, value === chosen)));
  }

  clear() { this.find('.lines').replaceChildren(); }

  // line shows a message, or a note about the conversation.
  line({ mine, nick, text, at, note }) {
    const li = document.createElement('li');
    if (note) {
      li.className = 'note';
      li.textContent = note;
    } else {
      li.className = mine ? 'mine' : 'theirs';
      const who = document.createElement('b');
      who.textContent = nick;
      const time = document.createElement('time');
      const when = new Date(at || Date.now());
      time.dateTime = when.toISOString();
      time.textContent = when.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
      who.append(time);
      li.append(who, text);
      this.writes('');
    }
    const lines = this.find('.lines');
    lines.append(li);
    lines.scrollTop = lines.scrollHeight;
  }

  writes(nick) {
    clearTimeout(this.typingEnds);
    this.find('.typing').textContent = nick ? `${nick} is writing…` : '';
    if (nick) this.typingEnds = setTimeout(() => this.writes(''), 10000);
  }

  // trace shows what went over the wire, and what it became.
  trace = (way, text, became = []) => {
    const li = document.createElement('li');
    li.className = way;
    li.textContent = text;
    for (const xml of became) {
      const b = document.createElement('span');
      b.className = 'became';
      b.textContent = xml;
      li.append(b);
    }
    const list = this.find('.trace');
    list.append(li);
    while (list.childElementCount > keep) list.firstChild.remove();
    list.scrollTop = list.scrollHeight;
  };
}
