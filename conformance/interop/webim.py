"""Juliet is slixmpp, the nurse profanity, and romeo a page with the webim library: its
HTTP calls, made by aiohttp over verified TLS (doc/webim.md). A second client of romeo's,
slixmpp as well, says what an XMPP client of the same account sees: roster, presence, room
and archive are the same.
"""

import asyncio
import os
import socket
import ssl
from datetime import datetime, timedelta, timezone

import aiohttp
import slixmpp
from aiohttp.abc import AbstractResolver
from rooms import ROOM, Window
from slixmpp_client import Person
from transcript import CA, DOMAIN, HOST, JULIET, LIMIT, PASSWORD, PORT, ROMEO, ok, until

AT = f"https://{DOMAIN}:{os.environ['INTEROP_HTTP_PORT']}"
NURSE = f"nurse@{DOMAIN}"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Loopback(AbstractResolver):
    """Finds the host: the certificate is of its name, which nobody else can look up."""

    async def resolve(self, host, port=0, family=socket.AF_INET):
        return [{"hostname": host, "host": HOST, "port": port, "family": family, "proto": 0, "flags": 0}]

    async def close(self):
        pass


class Page:
    """One page, in a browser of its own. It polls as long as it is there, and what comes
    is remembered."""

    def __init__(self):
        trust = ssl.create_default_context(cafile=CA)
        self.browser = aiohttp.ClientSession(AT, connector=aiohttp.TCPConnector(ssl=trust, resolver=Loopback()), headers={"Origin": AT})
        self.messages = []  # objects, in the order they came
        self.rooms = []  # presences in rooms
        self.typing = []  # (from, show)
        self.people = {}  # id: (show, status)
        self.news = asyncio.Event()

    @classmethod
    async def login(cls, name):
        page = cls()
        page.online = await page.call("online", username=name, password=PASSWORD, show="available", buddy_ids="", room_ids="", csrf_token="")
        assert page.online["success"], page.online
        page.own = {"csrf_token": page.online["csrf_token"], "ticket": page.online["connection"]["ticket"]}
        page.people = {b["id"]: (b["show"], b["status"]) for b in page.online["buddies"]}
        page.polls = asyncio.create_task(page._poll(page.online["connection"]))
        return page

    async def offline(self):
        self.polls.cancel()
        await self.post("offline", status="offline")
        await self.browser.close()

    async def call(self, name, **params):
        async with self.browser.post(f"/webim/{name}", data=params) as answer:
            assert answer.status == 200, (name, answer.status, await answer.text())
            return await answer.json()

    async def post(self, name, **params):
        return await self.call(name, **params, **self.own)

    async def get(self, name, **params):
        async with self.browser.get(f"/webim/{name}", params={**params, **self.own}) as answer:
            assert answer.status == 200, (name, answer.status, await answer.text())
            return await answer.json()

    async def say(self, kind, to, body):
        answer = await self.post("message", type=kind, to=to, body=body, offline="false", style="")
        assert answer == "ok", answer

    async def until(self, what, happened):
        def holds():
            if self.polls.done():
                self.polls.result()  # raises what has ended them
            return happened()

        await until(f"the page: {what}", holds, self.news)

    def bodies(self, kind):
        return [m["body"] for m in self.messages if m["type"] == kind]

    async def receives(self, kind, body):
        await self.until(f"{kind} {body!r}", lambda: body in self.bodies(kind))

    async def history(self, kind, peer):
        return await self.get("history", type=kind, id=peer)

    async def _poll(self, connection):
        where = {"ticket": connection["ticket"], "domain": connection["domain"]}
        try:
            while True:
                async with self.browser.get(connection["server"], params=where) as answer:
                    assert answer.status == 200, (answer.status, await answer.text())
                    self._take(await answer.json())
        finally:
            self.news.set()

    def _take(self, packet):
        assert packet["status"] == "ok", packet
        self.messages += packet.get("messages") or []
        for p in packet.get("presences") or []:
            if p["type"] in ("online", "offline", "show"):
                self.people[p["from"]] = (p["show"], p["status"])
            else:
                self.rooms.append(p)
        self.typing += [(s["from"], s["show"]) for s in packet.get("statuses") or []]
        self.news.set()


class Client(Person):
    """slixmpp with rooms and the archive."""

    def __init__(self, name, ca):
        super().__init__(name, ca)
        for plugin in ("xep_0045", "xep_0085", "xep_0297", "xep_0313"):
            self.register_plugin(plugin)
        self.said = []  # in the room, (nick, body)
        self.statuses = {}  # full JID: what stood beside its show
        self.states = []  # (bare JID, chat state)
        self.add_event_handler("groupchat_message", self._said)
        self.add_event_handler("groupchat_presence", lambda _: self.news.set())
        for state in ("active", "composing"):
            self.add_event_handler(f"chatstate_{state}", self._state)

    @classmethod
    async def unseen(cls, name):
        """Logged in, with the roster and without presence: nothing is delivered to it
        (RFC 6121 §8.5.2.1.2), but roster pushes come (§2.1.6)."""
        client = cls(name, CA)
        client.connect((HOST, PORT))
        await client.until("login", lambda: "session_start" in client.seen)
        await client.get_roster()
        return client

    async def contacts(self):
        """The roster as it is now: (bare JID, name, group). It is asked for without the
        version that slixmpp has, or nothing would be in the answer (RFC 6121 §2.6.3)."""
        iq = self.make_iq_get()
        iq.enable("roster")
        items = (await iq.send())["roster"]["items"]
        return {(str(jid), i["name"], (i["groups"] or ["friend"])[0]) for jid, i in items.items()}

    def occupants(self):
        muc = self["xep_0045"]
        return {(nick, slixmpp.JID(muc.get_jid_property(ROOM, nick, "jid")).bare) for nick in muc.get_roster(ROOM)}

    async def archive(self, of, peer=None):
        """All texts that are kept: (bare JID or nick, body, time in ms)."""
        kept = []
        query = self["xep_0313"].iterate(jid=slixmpp.JID(of), with_jid=peer and slixmpp.JID(peer), rsm={"max": 3})
        async for message in query:
            forwarded = message["mam_result"]["forwarded"]
            stanza = forwarded["stanza"]
            if stanza["body"]:
                who = stanza["from"].resource if of == ROOM else stanza["from"].bare
                at = (forwarded["delay"]["stamp"] - EPOCH) // timedelta(milliseconds=1)
                kept.append((who, stanza["body"], at))
        return kept

    def speak(self, body):
        self.send_message(mto=ROOM, mbody=body, mtype="groupchat")

    def _said(self, message):
        if message["body"]:
            self.said.append((message["from"].resource, message["body"]))
            self.news.set()

    def _state(self, message):
        self.states.append((message["from"].bare, message["chat_state"]))
        self.news.set()

    def _presence(self, presence):
        self.statuses[presence["from"]] = presence["status"]
        super()._presence(presence)


def address(person):
    """The JID of an id of the page's."""
    return person if "@" in person else f"{person}@{DOMAIN}"


async def befriend():
    """The roster that romeo has made with a client before."""
    romeo, juliet, nurse = await Client.login("romeo"), await Client.login("juliet"), await Window.login("nurse")
    await juliet.befriend(ROMEO)
    await nurse.befriend(ROMEO)
    for friend in (JULIET, NURSE):
        await romeo.befriend(friend)
        await romeo.subscribed(friend)
    await juliet.subscribed(ROMEO)
    await nurse.subscribed(ROMEO)
    await romeo.logout()
    await juliet.misses(ROMEO)
    return juliet, nurse


async def roster(page, client):
    """The page lists what the client does, also what either of them changes."""

    async def same(*names):
        there = await client.contacts()
        assert {jid for jid, _, _ in there} == {address(name) for name in names}, there
        async with asyncio.timeout(LIMIT):
            while {(address(b["id"]), b["nick"], b["group"]) for b in await page.get("buddies")} != there:
                await asyncio.sleep(0.2)  # a page is not told of a roster push

    assert {b["id"] for b in page.online["buddies"]} == {"juliet", "nurse"}, page.online
    await same("juliet", "nurse")
    await client.update_roster(f"tybalt@{DOMAIN}", name="King of Cats", groups=["Capulets"])
    await same("juliet", "nurse", "tybalt")
    assert await page.post("remove_buddy", id="tybalt") == "ok"
    await same("juliet", "nurse")
    ok("roster")


async def presence(page, juliet, nurse):
    """Each sees how the other is, and that they write."""
    await juliet.sees(ROMEO)
    for name in ("juliet", "nurse"):
        await page.until(f"{name} there", lambda: page.people[name] == ("available", ""))
    await page.post("presence", show="away", status="in the <orchard>")
    await juliet.sees(ROMEO, "away")
    assert [juliet.statuses[j] for j in juliet.present if j.bare == ROMEO] == ["in the <orchard>"], juliet.statuses
    await nurse.sees(ROMEO, "away")
    await nurse.shows(r'Romeo.* is away.*"in the <orchard>"')
    juliet.send_presence(pshow="dnd", pstatus="asleep & dreaming")
    await page.until("juliet asleep", lambda: page.people["juliet"] == ("dnd", "asleep &amp; dreaming"))
    nurse.type('/status set away "below"')
    await page.until("the nurse away", lambda: page.people["nurse"] == ("away", "below"))
    await page.post("status", to="juliet", show="typing")
    await juliet.until("composing", lambda: (ROMEO, "composing") in juliet.states)
    writes = juliet.make_message(mto=ROMEO, mtype="chat")
    writes["chat_state"] = "composing"
    writes.send()
    await page.until("typing", lambda: ("juliet", "typing") in page.typing)
    ok("presence")


async def chat(page, juliet, nurse):
    for i in range(3):
        await page.say("chat", "juliet", f"He says {i}: <b> & 🌹")
        await juliet.receives(f"He says {i}: <b> & 🌹")
        await juliet.say(ROMEO, f"She says {i}: <i> & ☃")
        await page.receives("chat", f"She says {i}: <i> & ☃")
    await page.say("chat", "nurse", "Bid her <come> & devise")
    await nurse.receives("Bid her <come> & devise")
    await nurse.say(ROMEO, "I will tell her & <go>")
    await page.receives("chat", "I will tell her & <go>")
    said = [body for body in juliet.inbox if body]
    assert said == [f"He says {i}: <b> & 🌹" for i in range(3)], said
    assert nurse.inbox == ["Bid her <come> & devise"], nurse.inbox
    said = [f"She says {i}: <i> & ☃" for i in range(3)] + ["I will tell her & <go>"]
    assert page.bodies("chat") == said, page.messages
    ok("chat")


async def room(page, tab, juliet, nurse):
    """The page makes a room, the clients come. All talk at the same time: romeo's other
    tab, which is shown his own words too, has them in the order that the clients have."""
    made = await page.post("join", id="balcony", nick="The balcony")
    assert made["id"] == "balcony" and [m["id"] for m in made["members"]] == ["romeo"], made
    await juliet["xep_0045"].join_muc_wait(ROOM, "Juliet", maxstanzas=0)
    await nurse.enter("Nurse")
    for name in ("juliet", "nurse"):
        came = lambda: [(p["type"], p["from"], p["to"]) for p in page.rooms]
        await page.until(f"{name} in the room", lambda: ("grponline", name, "balcony") in came())
    here = {(m["nick"], address(m["id"])) for m in await page.get("members", id="balcony")}
    assert here == {("romeo", ROMEO), ("Juliet", JULIET), ("Nurse", NURSE)}, here
    await juliet.until("all in the room", lambda: juliet.occupants() == here)
    await nurse.shows(r" romeo *\n")  # beside the window
    for i in range(5):
        juliet.speak(f"Juliet {i}")
        nurse.speak(f"Nurse {i}")
        await page.say("grpchat", "balcony", f"Romeo {i}")
    await juliet.until("all is said", lambda: len(juliet.said) == 15)
    await tab.until("all is said", lambda: len(tab.bodies("grpchat")) == 15)
    heard = [(m["nick"], m["body"]) for m in tab.messages if m["type"] == "grpchat"]
    assert heard == juliet.said and len(set(heard)) == 15, (heard, juliet.said)
    without = lambda own: [body for nick, body in heard if nick != own]
    await page.until("the others' words", lambda: len(page.bodies("grpchat")) == 10)
    assert page.bodies("grpchat") == without("romeo"), page.messages
    for nick, body in heard:
        await nurse.hears(nick, body)
    # profanity shows its own words when it sends them, as the page does.
    assert nurse.order(without("Nurse")) == without("Nurse"), (heard, nurse.screen())
    ok("room")


async def archive(page, client, juliet):
    """What the page is given as history is what clients read page by page."""
    shown = [(address(m["from"]), m["body"], int(m["timestamp"])) for m in await page.history("chat", "juliet")]
    assert len(shown) == 6, shown
    for kept in (await client.archive(ROMEO, JULIET), await juliet.archive(JULIET, ROMEO)):
        assert kept == shown, (kept, shown)
    shown = [(m["nick"], m["body"], int(m["timestamp"])) for m in await page.history("grpchat", "balcony")]
    assert [(nick, body) for nick, body, _ in shown] == juliet.said, (shown, juliet.said)
    for kept in (await client.archive(ROOM), await juliet.archive(ROOM)):
        assert kept == shown, (kept, shown)
    ok("archive")


async def offline(tabs, juliet):
    """What was sent while no page was there comes once, as new, and then is history. The
    client without presence has not had it."""
    for tab in tabs:
        await tab.offline()
    await juliet.misses(ROMEO)
    missed = ["Wherefore art thou?", "Deny thy father"]
    for body in missed:
        await juliet.say(ROMEO, body)
    await juliet.synced()
    for new in (missed, []):
        page = await Page.login("romeo")
        await juliet.sees(ROMEO)
        assert [(m["from"], m["body"]) for m in page.online["new_messages"]] == [("juliet", body) for body in new], page.online
        await juliet.say(ROMEO, "fence")
        await page.receives("chat", "fence")
        assert page.bodies("chat") == ["fence"], page.messages
        kept = [m["body"] for m in await page.history("chat", "juliet")]
        assert [body for body in kept if body in missed] == missed, kept
        await page.offline()
        await juliet.misses(ROMEO)
    ok("offline")


async def main():
    juliet, nurse = await befriend()
    page, client = await Page.login("romeo"), await Client.unseen("romeo")
    await roster(page, client)
    await presence(page, juliet, nurse)
    await chat(page, juliet, nurse)
    tab = await Page.login("romeo")
    await room(page, tab, juliet, nurse)
    await archive(page, client, juliet)
    await nurse.logout()
    await offline((page, tab), juliet)
    assert not client.inbox, client.inbox
    await client.logout()
    await juliet.logout()


if __name__ == "__main__":
    asyncio.run(main())
