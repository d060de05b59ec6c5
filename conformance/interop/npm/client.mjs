// @xmpp/client on both sides: the story of ../story.py, told once more in its
// own language. It negotiates stream management, and reconnects by itself. With the
// argument "websocket" it comes by WebSocket.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";

import { client, jid, xml } from "@xmpp/client";
import WebSocket from "ws";

const env = (name) => process.env["INTEROP_" + name];
const domain = env("DOMAIN");
const [ROMEO, JULIET] = [`romeo@${domain}`, `juliet@${domain}`];
const limit = 15_000; // milliseconds that any one thing may take
const web = process.argv.includes("websocket");
const service = web ? `wss://${domain}:${env("HTTP_PORT")}/ws` : `xmpp://${env("HOST")}:${env("PORT")}`;
const input = createInterface({ input: process.stdin });

// Node 20 has no WebSocket of its own. The host is on this machine.
const lookup = (host, { all }, answer) => (all ? answer(null, [{ address: "127.0.0.1", family: 4 }]) : answer(null, "127.0.0.1", 4));
globalThis.WebSocket = class extends WebSocket {
  constructor(url, protocols) {
    super(url, protocols, { lookup });
  }
};

const ok = (step, detail = "") => console.log("ok", step, detail);

class Person {
  inbox = []; // bodies, in the order they came
  kept = []; // those of them that carried a delay
  present = new Map(); // full JID: its show, while available
  roster = new Map(); // bare JID: subscription
  logins = 0;
  news = new EventEmitter();

  constructor(name) {
    this.xmpp = client({
      service,
      domain,
      credentials: (authenticate, mechanisms) => this.authenticate(name, authenticate, mechanisms),
    });
    this.xmpp.on("online", () => this.greet());
    this.xmpp.on("stanza", (stanza) => this.take(stanza));
    this.counts();
    this.heard = []; // in rooms
    this.found = []; // in archives
    this.xmpp.on("error", (error) => (this.error = error)); // reconnecting deals with it
    this.xmpp.iqCallee.set("jabber:iq:roster", "query", ({ element }) => this.note(element));
  }

  static async login(name) {
    const person = new Person(name);
    await person.xmpp.start();
    await person.until("login", () => person.logins === 1);
    return person;
  }

  async authenticate(username, authenticate, mechanisms) {
    this.mechanism = mechanisms.find((name) => name.startsWith("SCRAM-"));
    await authenticate({ username, password: env("PASSWORD") }, this.mechanism);
  }

  // greet asks for the roster, then says that we are here (RFC 6121 §2.2, §4.2).
  async greet() {
    await this.synced();
    await this.xmpp.send(xml("presence"));
    this.logins++;
    this.news.emit("news");
  }

  async logout() {
    await this.xmpp.stop();
  }

  // synced returns when the server has dealt with all that was sent before.
  async synced() {
    this.note(await this.xmpp.iqCaller.get(xml("query", "jabber:iq:roster")));
  }

  // note takes the items of a roster or a roster push.
  note(query) {
    for (const { attrs } of query.getChildren("item")) this.roster.set(attrs.jid, attrs.subscription);
    this.news.emit("news");
    return true;
  }

  take(stanza) {
    const { from, type } = stanza.attrs;
    if (stanza.is("presence")) {
      if (type === undefined) this.present.set(from, stanza.getChildText("show") ?? "");
      if (type === "unavailable") this.present.delete(from);
      if (type === "subscribe") this.xmpp.send(xml("presence", { to: from, type: "subscribed" }));
    } else if (stanza.getChild("result", "urn:xmpp:mam:2")) {
      const said = stanza.getChild("result").getChild("forwarded").getChild("message");
      this.found.push(said.getChildText("body"));
    } else if (type === "groupchat") {
      if (stanza.getChild("body")) this.heard.push(stanza.getChildText("body"));
    } else if (stanza.is("message") && stanza.getChild("body")) {
      this.inbox.push(stanza.getChildText("body"));
      if (stanza.getChild("delay", "urn:xmpp:delay")) this.kept.push(stanza.getChildText("body"));
    }
    this.news.emit("news");
  }

  // counts makes up for 0.14.0, which does not count the answers to its own IQs
  // as handled stanzas (XEP-0198 #acking), and begins to count at some moment after
  // <enabled/>: its <a/> lags behind, or is ahead. All are counted here instead.
  counts() {
    let handled = 0;
    Object.defineProperty(this.xmpp.streamManagement, "inbound", { get: () => handled, set: () => {} });
    this.xmpp.on("nonza", (nonza) => { if (nonza.is("enabled", "urn:xmpp:sm:3")) handled = 0; });
    this.xmpp.on("stanza", () => handled++);
  }

  // enters a room (XEP-0045 #enter-muc).
  async enter(room, nick) {
    await this.xmpp.send(xml("presence", { to: `${room}/${nick}` }, xml("x", "http://jabber.org/protocol/muc")));
    await this.until(`be in ${room}`, () => this.present.has(`${room}/${nick}`));
  }

  // archive reads what was said (XEP-0313 #query), in a room or with somebody.
  async archive(of, who) {
    this.found = [];
    const field = (name, value) => xml("field", { var: name }, xml("value", {}, value));
    const form = who && xml("x", { xmlns: "jabber:x:data", type: "submit" }, field("FORM_TYPE", "urn:xmpp:mam:2"), field("with", who));
    await this.xmpp.iqCaller.set(xml("query", "urn:xmpp:mam:2", form), of);
    return this.found;
  }

  async until(what, happened) {
    const signal = AbortSignal.timeout(limit);
    try {
      while (!happened()) await once(this.news, "news", { signal });
    } catch {
      throw new Error(`waited in vain: ${this.xmpp.jid}: ${what} (last error: ${this.error})`);
    }
  }

  async befriend(contact) {
    const item = xml("item", { jid: contact, name: contact.split("@")[0] }, xml("group", {}, "Verona"));
    await this.xmpp.iqCaller.set(xml("query", "jabber:iq:roster", item));
    await this.xmpp.send(xml("presence", { to: contact, type: "subscribe" }));
  }

  subscribed(contact) {
    return this.until(`subscription of ${contact}`, () => this.roster.get(contact) === "both");
  }

  shows(contact) {
    return [...this.present].filter(([full]) => jid(full).bare().toString() === contact).map(([, show]) => show);
  }

  rests() {
    return this.xmpp.send(xml("presence", {}, xml("show", {}, "away")));
  }

  sees(contact, show) {
    return this.until(`${contact} there, ${show ?? "any"}`, () => {
      const shows = this.shows(contact);
      return show === undefined ? shows.length > 0 : shows.includes(show);
    });
  }

  misses(contact) {
    return this.until(`${contact} gone`, () => this.shows(contact).length === 0);
  }

  say(to, body) {
    return this.xmpp.send(xml("message", { to, type: "chat" }, xml("body", {}, body)));
  }

  receives(body) {
    return this.until(`message ${body}`, () => this.inbox.includes(body));
  }
}

// Node reads NODE_EXTRA_CA_CERTS only when it starts, so a run is two children
// of this process: one that must be refused, and the story.
function run(mode, ca) {
  return spawnSync(process.execPath, [fileURLToPath(import.meta.url), mode, ...(web ? ["websocket"] : [])], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: ca },
    stdio: "inherit",
    timeout: 90_000,
  }).status;
}

async function refused() {
  const stranger = new Person("juliet");
  stranger.xmpp.reconnect.stop();
  await assert.rejects(stranger.xmpp.start(), { code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
  ok("refused");
  process.exit();
}

async function leave(romeo, juliet, ...bodies) {
  await juliet.logout();
  await romeo.misses(JULIET);
  for (const body of bodies) await romeo.say(JULIET, body);
  await romeo.synced();
}

async function comeBack(romeo) {
  const juliet = await Person.login("juliet");
  await romeo.sees(JULIET);
  await romeo.say(JULIET, "fence");
  await juliet.receives("fence");
  return juliet;
}

// gather has both talk in a room, and read its archive.
async function gather(romeo, juliet) {
  const room = `garden@conference.${domain}`;
  await romeo.enter(room, "Romeo");
  const accept = xml("x", { xmlns: "jabber:x:data", type: "submit" });
  await romeo.xmpp.iqCaller.set(xml("query", "http://jabber.org/protocol/muc#owner", accept), room);
  await juliet.enter(room, "Juliet");
  await juliet.xmpp.send(xml("message", { to: room, type: "groupchat", id: "g1" }, xml("body", {}, "in the garden")));
  for (const one of [romeo, juliet]) await one.until("a word in the room", () => one.heard.includes("in the garden"));
  assert.deepEqual(await juliet.archive(room), ["in the garden"]);
  for (const [one, nick] of [[juliet, "Juliet"], [romeo, "Romeo"]])
    await one.xmpp.send(xml("presence", { to: `${room}/${nick}`, type: "unavailable" }));
}

async function restart(romeo) {
  const logins = romeo.logins;
  console.log("RESTART");
  assert.equal(await input.question(""), "GO");
  romeo.present.clear();
  await romeo.until("new login", () => romeo.logins > logins);
}

async function story() {
  const romeo = await Person.login("romeo");
  let juliet = await Person.login("juliet");
  ok("login", juliet.mechanism);

  await romeo.befriend(JULIET);
  await juliet.befriend(ROMEO);
  await romeo.subscribed(JULIET);
  await juliet.subscribed(ROMEO);
  ok("subscribe");

  await romeo.sees(JULIET);
  await juliet.sees(ROMEO);
  await romeo.rests();
  await juliet.sees(ROMEO, "away");
  ok("presence");

  await romeo.say(JULIET, "hello, Juliet");
  await juliet.receives("hello, Juliet");
  await juliet.say(ROMEO, "hello, <Romeo> & Ωmega");
  await romeo.receives("hello, <Romeo> & Ωmega");
  assert.deepEqual(await juliet.archive(undefined, ROMEO), ["hello, Juliet", "hello, <Romeo> & Ωmega"]);
  await gather(romeo, juliet);
  ok("chat");

  await leave(romeo, juliet, "while you were away");
  juliet = await comeBack(romeo);
  assert.deepEqual(juliet.inbox, ["while you were away", "fence"]);
  assert.deepEqual(juliet.kept, ["while you were away"]);
  await leave(romeo, juliet);
  juliet = await comeBack(romeo);
  assert.deepEqual(juliet.inbox, ["fence"]);
  ok("offline");

  await leave(romeo, juliet, "before the restart");
  await restart(romeo);
  juliet = await comeBack(romeo);
  assert.deepEqual(juliet.inbox, ["before the restart", "fence"]);
  await romeo.subscribed(JULIET);
  await juliet.subscribed(ROMEO);
  await juliet.sees(ROMEO);
  await juliet.say(ROMEO, "still here");
  await romeo.receives("still here");
  await juliet.logout();
  await romeo.logout();
  ok("restart");
  process.exit();
}

switch (process.argv[2]) {
  case "refused":
    await refused();
  case "story":
    await story();
  default:
    process.exit(run("refused", env("WRONG_CA")) || run("story", env("CA")));
}
