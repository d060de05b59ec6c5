"""slixmpp; also the peer of the clients that are not both sides."""

import asyncio
import ssl
from pathlib import Path

import slixmpp
from story import play
from transcript import CA, DOMAIN, HOST, PASSWORD, PORT, WRONG_CA, until


class Person(slixmpp.ClientXMPP):
    """One login. What arrives is remembered. slixmpp itself keeps the roster,
    answers "subscribe" with "subscribed", and checks the certificate's name."""

    def __init__(self, name, ca):
        super().__init__(f"{name}@{DOMAIN}", PASSWORD)
        self.ca_certs = Path(ca)
        # slixmpp 1.8 knows no channel binding of TLS 1.3, yet says that it could
        # bind, so on TLS 1.3 a server that binds has to refuse its SCRAM (RFC 5802
        # §6) and it goes on to PLAIN. On TLS 1.2 it binds by tls-unique.
        self.ssl_context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.register_plugin("xep_0203")  # delay: says which messages were kept
        self.inbox = []  # bodies, in the order they came
        self.kept = []  # those of them that carried a delay
        self.present = {}  # full JID: its show, while available
        self.seen = set()  # names of events that happened
        self.ended_by = None  # condition of the server's stream error
        self.news = asyncio.Event()
        for event in ("session_start", "disconnected", "ssl_invalid_chain", "roster_update"):
            self.add_event_handler(event, lambda _, event=event: self._note(event))
        self.add_event_handler("message", self._message)
        self.add_event_handler("presence", self._presence)
        self.add_event_handler("stream_error", self._stream_error)

    @classmethod
    async def refused(cls, name):
        person = cls(name, WRONG_CA)
        person.connect((HOST, PORT))
        await person.until("refusal", lambda: "ssl_invalid_chain" in person.seen)
        person.abort()

    @classmethod
    async def login(cls, name):
        """First the roster, then presence (RFC 6121 §2.2, §4.2)."""
        person = cls(name, CA)
        person.connect((HOST, PORT))
        await person.until("login", lambda: "session_start" in person.seen)
        assert person.mechanism.startswith("SCRAM-"), person.mechanism
        await person.get_roster()
        person.send_presence()
        return person

    async def logout(self):
        self.disconnect()
        await self.until("logout", lambda: "disconnected" in self.seen)

    async def again(self):
        """The server went down; it must have said so (RFC 6120 §4.9.3.20)."""
        await self.until("reason of the end", lambda: self.ended_by is not None)
        assert self.ended_by == "system-shutdown", self.ended_by
        await self.until("end of the stream", lambda: "disconnected" in self.seen)
        return await type(self).login(self.boundjid.user)

    @property
    def mechanism(self):
        return self["feature_mechanisms"].mech.name

    async def until(self, what, happened):
        await until(f"{self.boundjid}: {what}", happened, self.news)

    async def synced(self):
        """Returns when the server has dealt with all that was sent before: it
        takes the stanzas of a stream in order (RFC 6120 §10.1)."""
        await self.get_roster()

    async def befriend(self, jid):
        await self.update_roster(jid, name=jid.split("@")[0].title(), groups=["Verona"])
        self.send_presence_subscription(jid)

    async def subscribed(self, jid):
        """Both ways, as the server says in the roster."""
        item = lambda: self.client_roster.has_jid(jid) and self.client_roster[jid]["subscription"]
        await self.until(f"subscription of {jid}", lambda: item() == "both")

    async def rests(self):
        self.send_presence(pshow="away", pstatus="in the orchard")

    async def sees(self, jid, show=None):
        shows = lambda: [s for full, s in self.present.items() if full.bare == jid]
        await self.until(f"{jid} there, {show}", lambda: shows() and show in (None, *shows()))

    async def misses(self, jid):
        await self.until(f"{jid} gone", lambda: all(full.bare != jid for full in self.present))

    async def say(self, jid, body):
        self.send_message(mto=jid, mbody=body, mtype="chat")

    async def receives(self, body):
        await self.until(f"message {body!r}", lambda: body in self.inbox)

    def _note(self, event):
        self.seen.add(event)
        self.news.set()

    def _message(self, message):
        self.inbox.append(message["body"])
        if message["delay"]["stamp"]:
            self.kept.append(message["body"])
        self.news.set()

    def _presence(self, presence):
        kind = presence["type"]  # slixmpp gives the show as a type
        if kind == "unavailable":
            self.present.pop(presence["from"], None)
        elif kind == "available" or kind in presence.showtypes:
            self.present[presence["from"]] = kind
        self.news.set()

    def _stream_error(self, error):
        self.ended_by = error["condition"]
        self.news.set()


if __name__ == "__main__":
    asyncio.run(play(Person, Person))
