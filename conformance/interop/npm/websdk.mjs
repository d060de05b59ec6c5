// easemob-websdk 1.4.10, unmodified, in a page of jsdom: it logs in with tokens of the REST
// API and talks to a plain client, @xmpp/client. The arguments are its way, "websocket" or
// "bosh", and "1.11" if it is to be version 1.11.1. What it evaluates runs in its window, so what a stranger could make it run is seen
// there.

import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";

import { client, xml } from "@xmpp/client";
import { JSDOM, VirtualConsole } from "jsdom";

const env = (name) => process.env["INTEROP_" + name];
const domain = env("DOMAIN");
const web = `127.0.0.1:${env("HTTP_PORT")}`; // for which the certificate stands, too
const appKey = env("APPKEY");
const way = process.argv[2];
const url = way === "bosh" ? `https://${web}/bosh` : `wss://${web}/ws`;
const limit = 10_000; // milliseconds that any one thing may take
const input = createInterface({ input: process.stdin });
const newer = process.argv[3] === "1.11";
const entered = newer ? "memberJoinChatRoomSuccess" : "joinChatRoomSuccess";
const files = newer
  ? ["easemob-websdk-1.11/dist/strophe-1.2.8.js", "easemob-websdk-1.11/dist/websdk-1.11.1.js"]
  : ["easemob-websdk/dist/strophe-1.2.8.min.js", "easemob-websdk/dist/websdk-1.4.10.js"];
const sources = files.map((file) => readFileSync(fileURLToPath(import.meta.resolve(file)), "utf8"));

const ok = (step, detail = "") => console.log("ok", step, detail);

// run has the operator's command run.
async function run(...words) {
  console.log("RUN", ...words);
  await once(input, "line");
}

class Waiter {
  news = new EventEmitter();

  async until(what, fits) {
    const late = AbortSignal.timeout(limit);
    for (;;) {
      const found = fits();
      if (found) return found;
      try {
        await once(this.news, "news", { signal: late });
      } catch {
        throw new Error(`${this.name} waited in vain for ${what}: ${JSON.stringify(this.seen())}`);
      }
    }
  }
}

// A Page is somebody with the SDK.
class Page extends Waiter {
  texts = [];
  presences = [];
  rosters = [];
  errors = [];
  blacklists = [];
  invitations = [];
  opened = 0;
  closed = 0;

  constructor(name, options = {}) {
    super();
    this.name = name;
    this.dom = new JSDOM("<!doctype html>", {
      url: `https://${web}/`, runScripts: "outside-only", pretendToBeVisual: true,
      virtualConsole: new VirtualConsole(), // it says much
    });
    const { window } = this.dom;
    window.eval("window.WebIM = { config: { isDebug: false } }; window.log = function () {};");
    for (const source of sources) window.eval(source);
    this.sdk = window.WebIM;
    this.conn = new window.WebIM.connection({
      url, apiUrl: `https://${web}`, https: false, isHttpDNS: false, isAutoLogin: true, isMultiLoginSessions: false,
      autoReconnectNumMax: 0, heartBeatWait: 1000, ...options,
    });
    const note = (list) => (what) => {
      list.push(what);
      this.news.emit("news");
    };
    this.conn.listen({
      onOpened: () => { this.opened++; this.news.emit("news"); },
      onClosed: () => { this.closed++; this.news.emit("news"); },
      onTextMessage: note(this.texts), onPresence: note(this.presences), onRoster: note(this.rosters), onError: note(this.errors),
      onBlacklistUpdate: note(this.blacklists), onInviteMessage: note(this.invitations), onPictureMessage: note(this.texts),
    });
  }

  seen() {
    return { texts: this.texts, presences: this.presences.map(({ type, from, status }) => ({ type, from, status })), errors: this.errors.map((e) => [e.type, e.msg ?? e.data?.error ?? String(e.data)]) };
  }

  open(how = {}) {
    this.conn.open({ apiUrl: `https://${web}`, user: this.name, pwd: env("PASSWORD"), appKey, ...how });
  }

  static async login(name, options = {}, how = {}) {
    const page = new Page(name, options);
    page.open(how);
    await page.until("log-in", () => page.opened);
    return page;
  }

  get token() {
    return this.conn.context.accessToken;
  }

  // inside makes a function of the window, which the SDK asks for.
  inside(f) {
    return this.dom.window.eval("(function (f) { return function (a, b) { f(a, b); }; })")(f);
  }

  // say gives the id that the server has given to a text, once it is acknowledged.
  say(to, text, more = {}) {
    const id = this.conn.getUniqueId() + Math.random();
    const message = new this.sdk.message("txt", id);
    return new Promise((resolve, reject) => {
      const success = this.inside((theirs, ours) => (theirs === id ? resolve(ours) : reject(new Error("another id"))));
      message.set({ msg: text, to, success, ...more });
      if (more.group) message.body.group = more.group;
      this.conn.send(message.body);
      setTimeout(() => reject(new Error(`${text} was not acknowledged`)), limit).unref();
    });
  }

  hears(text, from) {
    return this.until(text, () => this.texts.find((m) => m.data === text && (!from || m.from === from)));
  }

  sees(type, from) {
    return this.until(`${type} of ${from}`, () => this.presences.find((p) => p.type === type && (!from || p.from === from)));
  }

  // friends gives the roster, by name.
  friends() {
    return new Promise((resolve, reject) => this.conn.getRoster({
      success: (list) => resolve(Object.fromEntries(list.map((f) => [f.name, f.subscription]))), error: reject,
    }));
  }

  enter(roomId) {
    return new Promise((resolve, reject) => this.conn.joinChatRoom({ roomId, success: resolve, error: reject }));
  }

  // settled returns when the server has a receipt of all that has come: they go five in a
  // second.
  async settled() {
    while (this.conn.sendQueue.length() > 0) await new Promise((wake) => setTimeout(wake, 50));
    await new Promise((resolve, reject) => this.conn.ping({ toJid: this.conn.domain, success: resolve, error: reject }));
  }

  async logout() {
    await this.settled();
    this.conn.close();
    await this.until("the end", () => this.closed);
    this.dom.window.close();
  }
}

// A Plain is somebody with an ordinary client.
class Plain extends Waiter {
  stanzas = [];

  static async login(name) {
    const plain = new Plain();
    plain.name = name;
    plain.xmpp = client({ service: `xmpp://${env("HOST")}:${env("PORT")}`, domain, username: name, password: env("PASSWORD"), resource: "orchard" });
    plain.xmpp.on("error", () => {});
    plain.xmpp.on("stanza", (stanza) => {
      plain.stanzas.push(stanza);
      plain.news.emit("news");
    });
    await plain.xmpp.start();
    await plain.ask(xml("query", "jabber:iq:roster"), undefined, "get");
    await plain.xmpp.send(xml("presence"));
    return plain;
  }

  seen() {
    return this.stanzas.map(String);
  }

  at(name) {
    return `${name}@${domain}`;
  }

  say(to, text, type = "chat") {
    return this.xmpp.send(xml("message", { to, type, id: "m" + Math.random() }, xml("body", {}, text)));
  }

  hears(text) {
    return this.until(text, () => this.stanzas.find((s) => s.is("message") && s.getChildText("body") === text));
  }

  sees(type, from) {
    return this.until(`${type} of ${from}`, () => this.stanzas.find((s) => s.is("presence") && s.attrs.type === type && s.attrs.from.startsWith(from)));
  }

  ask(payload, to, type = "set") {
    return this.xmpp.iqCaller.request(xml("iq", { type, ...(to && { to }) }, payload));
  }
}

async function login() {
  const romeo = await Plain.login("romeo");
  const juliet = await Page.login("juliet");
  ok("login");
  return { romeo, juliet };
}

async function refused() {
  const wrong = new Page("juliet");
  wrong.open({ pwd: "wrong" });
  const [error] = await wrong.until("an error", () => wrong.errors.length && wrong.errors);
  assert.equal(error.type, 1); // the SDK: the token was refused
  assert.match(JSON.stringify(error.data), /invalid_grant/);
  const forged = new Page("juliet");
  forged.open({ accessToken: "YWMt" + "A".repeat(43) });
  await forged.until("a refusal", () => forged.errors.some((e) => e.type === 2)); // the SDK: authentication failed
  assert.equal(forged.opened, 0);
  ok("refused");
}

async function disabled() {
  const nurse = await Page.login("nurse");
  const accessToken = nurse.token;
  await run("user", "disable", `nurse@${domain}`);
  await nurse.until("the end", () => nurse.closed);
  const again = new Page("nurse");
  again.open({ accessToken });
  await again.until("a refusal", () => again.errors.some((e) => e.type === 2));
  const password = new Page("nurse");
  password.open();
  await password.until("a refusal", () => password.errors.some((e) => e.type === 1));
  await run("user", "enable", `nurse@${domain}`);
  ok("disabled");
}

async function text({ romeo, juliet }) {
  const id = await juliet.say("romeo", "art thou not <Romeo>?");
  assert.match(id, /^[0-9]+$/);
  const heard = await romeo.hears("art thou not <Romeo>?");
  assert.equal(heard.attrs.id, id);
  assert.equal(heard.attrs.from, `juliet@${domain}/webim`);
  await romeo.say(heard.attrs.from, "neither, fair saint");
  const got = await juliet.hears("neither, fair saint", "romeo");
  assert.match(got.id, /^[0-9]+$/);
  assert.equal(got.type, "chat");

  const nurse = await Page.login("nurse");
  await juliet.say("nurse", "good nurse", { ext: { mood: "sad" } });
  const between = await nurse.hears("good nurse", "juliet");
  assert.equal(between.ext.mood, "sad");
  await nurse.say("juliet", "hie you");
  await juliet.hears("hie you", "nurse");
  await nurse.logout();
  ok("text");
}

async function inert({ romeo, juliet }) {
  const { window } = juliet.dom;
  const long = "Ω<&'\"".repeat(11_000);
  for (const text of ["window.x=1", "(function(){window.x=1})()", "</script><script>window.x=1</script>", "\u2028window.x=1\u2029", '{"from":"a","to":"b","bodies":[window.x=1]}', long]) {
    await romeo.say(romeo.at("juliet"), text);
    await juliet.hears(text, "romeo");
  }
  assert.equal(window.x, undefined);
  ok("inert");
}

async function offline({ romeo, juliet }) {
  await juliet.logout();
  await romeo.say(romeo.at("juliet"), "while you were away");
  await romeo.ask(xml("ping", "urn:xmpp:ping"), domain, "get");
  let again = await Page.login("juliet");
  const kept = await again.hears("while you were away", "romeo");
  assert.match(kept.delay, /^20.*Z$/);
  await again.logout();
  again = await Page.login("juliet");
  await romeo.say(romeo.at("juliet"), "and now");
  await again.hears("and now");
  assert.deepEqual(again.texts.map((m) => m.data), ["and now"]);
  ok("offline");
  return again;
}

async function contacts({ romeo, juliet }) {
  juliet.conn.subscribe({ to: "romeo", message: "be my love" });
  const request = await romeo.sees("subscribe", romeo.at("juliet"));
  assert.equal(request.getChildText("status"), "be my love");
  await romeo.xmpp.send(xml("presence", { to: romeo.at("juliet"), type: "subscribed" }));
  await juliet.sees("subscribed", "romeo");
  await romeo.xmpp.send(xml("presence", { to: romeo.at("juliet"), type: "subscribe" }));
  await romeo.sees("subscribed", romeo.at("juliet"));
  assert.equal((await juliet.friends()).romeo, "both");

  // Somebody who does not want to be asked back is asked once.
  const nurse = await Plain.login("nurse");
  await nurse.xmpp.send(xml("presence", { to: nurse.at("juliet"), type: "subscribe" }));
  await juliet.sees("subscribe", "nurse");
  juliet.conn.subscribed({ to: "nurse" });
  const asked = () => nurse.stanzas.filter((s) => s.is("presence") && s.attrs.type === "subscribe").length;
  await nurse.sees("subscribe", nurse.at("juliet"));
  await nurse.xmpp.send(xml("presence", { to: nurse.at("juliet"), type: "unsubscribed" }));
  await juliet.until("a refusal", () => juliet.rosters.flat().some((f) => f.name === "nurse" && !f.ask && f.subscription === "from"));
  await juliet.say("nurse", "I see");
  await nurse.hears("I see");
  assert.equal(asked(), 1);
  await nurse.xmpp.stop();

  juliet.conn.removeRoster({ to: "romeo" });
  await romeo.sees("unsubscribed", romeo.at("juliet"));
  assert.equal((await juliet.friends()).romeo, undefined);
  ok("contacts");
}

async function blocks({ romeo, juliet }) {
  const plain = await Plain.login("juliet"); // another client of hers sees the same list
  const blocked = async () => (await plain.ask(xml("blocklist", "urn:xmpp:blocking"), undefined, "get")).getChild("blocklist").getChildren("item").map((i) => i.attrs.jid);
  assert.deepEqual(await blocked(), []);
  const jid = `${appKey}_romeo@${juliet.conn.domain}`;
  await new Promise((resolve, reject) => juliet.conn.addToBlackList({ list: { romeo: { type: "jid", jid, name: "romeo" } }, success: resolve, error: reject }));
  assert.deepEqual(await blocked(), [romeo.at("romeo")]);
  await juliet.until("the list", () => juliet.blacklists.at(-1)?.romeo);
  await romeo.say(romeo.at("juliet"), "let me in");
  await romeo.until("a refusal", () => romeo.stanzas.find((s) => s.is("message") && s.attrs.type === "error"));
  await new Promise((resolve, reject) => juliet.conn.removeFromBlackList({ list: {}, success: resolve, error: reject }));
  assert.deepEqual(await blocked(), []);
  await juliet.until("no list", () => juliet.blacklists.length && !juliet.blacklists.at(-1).romeo);
  await plain.ask(xml("block", "urn:xmpp:blocking", xml("item", { jid: romeo.at("romeo") })));
  await juliet.until("the list that a plain client has changed", () => juliet.blacklists.at(-1)?.romeo?.jid === jid);
  await plain.ask(xml("unblock", "urn:xmpp:blocking"));
  await juliet.until("no list", () => !juliet.blacklists.at(-1).romeo);
  assert.equal(juliet.texts.some((m) => m.data === "let me in"), false);
  await plain.xmpp.stop();
  ok("blocks");
}

// api calls the REST API as a back end does.
async function api(method, path, body) {
  const base = `https://${web}/${appKey.replace("#", "/")}`;
  const ask = async (method, path, headers, body) => {
    const answer = await fetch(base + path, { method, headers: { "Content-Type": "application/json", ...headers }, body: body && JSON.stringify(body) });
    const text = await answer.text();
    assert.equal(answer.status, 200, `${method} ${path}: ${text}`);
    return JSON.parse(text);
  };
  const { access_token } = await ask("POST", "/token", {}, { grant_type: "client_credentials", client_id: env("CLIENT_ID"), client_secret: env("CLIENT_SECRET") });
  return ask(method, path, { Authorization: `Bearer ${access_token}` }, body);
}

async function rest({ juliet }) {
  await api("POST", "/users/juliet/contacts/users/nurse");
  await juliet.until("the nurse", () => juliet.rosters.flat().some((f) => f.name === "nurse" && f.subscription === "both"));
  assert.deepEqual((await api("GET", "/users/juliet/contacts/users")).data, ["nurse"]);
  await api("POST", "/users/juliet/blocks/users", { usernames: ["romeo"] });
  await juliet.until("the list that a back end has changed", () => juliet.blacklists.at(-1)?.romeo);
  await new Promise((resolve, reject) => juliet.conn.addToBlackList({ list: {}, success: resolve, error: reject }));
  assert.deepEqual((await api("GET", "/users/juliet/blocks/users")).data, []);
  await api("DELETE", "/users/juliet/contacts/users/nurse");
  await juliet.until("the end of it", () => juliet.rosters.flat().some((f) => f.name === "nurse" && f.subscription === "remove"));
  await api("POST", "/messages", { target_type: "users", target: ["juliet"], msg: { type: "txt", msg: "from the back end" }, from: "nurse", ext: { n: 1 } });
  assert.equal((await juliet.hears("from the back end", "nurse")).ext.n, 1);
  ok("rest");
}

async function room({ romeo, juliet }) {
  const MUC = "http://jabber.org/protocol/muc";
  const at = `81397@conference.${domain}`;
  await assert.rejects(() => juliet.enter("81397"), (error) => error.data.getElementsByTagName("error")[0].getAttribute("code") === "404");
  await romeo.xmpp.send(xml("presence", { to: `${at}/Romeo` }, xml("x", MUC)));
  await romeo.sees(undefined, at);
  const fields = { FORM_TYPE: MUC + "#roomconfig", "muc#roomconfig_publicroom": "1", "muc#roomconfig_allowinvites": "0" };
  const values = Object.entries(fields).map(([name, value]) => xml("field", { var: name }, xml("value", {}, value)));
  await romeo.ask(xml("query", MUC + "#owner", xml("x", { xmlns: "jabber:x:data", type: "submit" }, ...values)), at);

  await juliet.enter("81397");
  await juliet.sees(entered, "81397");
  const nurse = await Page.login("nurse");
  await nurse.enter("81397");
  await juliet.say("81397", "good evening", { roomType: true, group: "groupchat" });
  await romeo.hears("good evening");
  const heard = await nurse.hears("good evening", "juliet");
  assert.equal(heard.type, "chatroom");
  assert.equal(heard.to, "81397");
  await romeo.say(at, "window.y=1", "groupchat");
  for (const page of [juliet, nurse]) {
    await page.hears("window.y=1", "romeo");
    assert.equal(page.dom.window.y, undefined);
  }
  assert.equal(juliet.texts.some((m) => m.data === "good evening"), false);
  const info = await new Promise((resolve, reject) => juliet.conn.queryRoomInfo({ roomId: "81397", success: (settings, members, fields) => resolve({ settings, fields }), error: reject }));
  assert.equal(info.settings, "PUBLIC_JOIN_OPEN");
  assert.equal(info.fields.occupants, "3");
  await new Promise((resolve, reject) => nurse.conn.quitChatRoom({ roomId: "81397", success: resolve, error: reject }));
  await nurse.sees("leaveChatRoom", "81397");
  await nurse.logout();
  ok("room");

  // Thrown out, she goes on.
  await romeo.ask(xml("query", MUC + "#admin", xml("item", { nick: "juliet", role: "none" }, xml("reason", {}, "late"))), at);
  const kicked = await juliet.until("a kick", () => juliet.presences.find((p) => p.kicked === "juliet"));
  assert.equal(kicked.actor, "Romeo");
  await romeo.ask(xml("query", MUC + "#admin", xml("item", { jid: romeo.at("juliet"), affiliation: "outcast" })), at);
  await assert.rejects(() => juliet.enter("81397"), (error) => error.data.getElementsByTagName("error")[0].getAttribute("code") === "403");
  await romeo.xmpp.send(xml("presence", { to: romeo.at("juliet"), type: "subscribe" }));
  await juliet.until("presence after that", () => juliet.presences.filter((p) => p.type === "subscribe" && p.from === "romeo").length);
  ok("kicked");
}

async function conflict({ juliet }) {
  const second = await Page.login("juliet");
  await juliet.until("a conflict", () => juliet.errors.some((e) => e.conflict || e.type === 8) && juliet.closed);
  await run("kick", `juliet@${domain}`);
  await second.until("the end", () => second.closed);
  ok("conflict");
}

// With the option domain it is told a host of ours.
async function host({ romeo }) {
  const juliet = await Page.login("juliet", { domain });
  await juliet.say("romeo", "by the host's own name");
  await romeo.hears("by the host's own name");
  await romeo.say(romeo.at("juliet"), "window.z=1");
  await juliet.hears("window.z=1", "romeo");
  assert.equal(juliet.dom.window.z, undefined);
  await juliet.logout();
  ok("host");
}

// What she was told is sent is there after the death of the server.
async function kept() {
  const juliet = await Page.login("juliet");
  const last = [];
  for (let i = 0; i < 20; i++) last.push(juliet.say("nurse", `before the end ${i}`));
  await Promise.all(last);
  console.log("KILL");
  await once(input, "line");
  const nurse = await Page.login("nurse");
  await nurse.hears("before the end 19", "juliet");
  assert.deepEqual(nurse.texts.map((m) => m.data), Array.from({ length: 20 }, (_, i) => `before the end ${i}`));
  ok("kept");
}

const cast = await login();
await refused();
await disabled();
await text(cast);
await inert(cast);
cast.juliet = await offline(cast);
await contacts(cast);
await blocks(cast);
await rest(cast);
await room(cast);
await conflict(cast);
await host(cast);
await cast.romeo.xmpp.stop();
await kept();
process.exit(0);
