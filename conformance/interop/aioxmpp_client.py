"""aioxmpp. It negotiates stream management, and reconnects by itself after the
restart."""

import asyncio

import aioxmpp
import aioxmpp.dispatcher
from aioxmpp.security_layer import (
    PasswordSASLProvider,
    PKIXCertificateVerifier,
    SecurityLayer,
    default_ssl_context,
)
from story import play
from transcript import CA, DOMAIN, HOST, PASSWORD, PORT, WRONG_CA, until


class Scram(PasswordSASLProvider):
    """Does SCRAM or nothing: this provider tries PLAIN only when it sees TLS."""

    async def execute(self, jid, features, stream, tls_transport):
        return await super().execute(jid, features, stream, None)


def context(ca):
    ctx = default_ssl_context()
    ctx.load_verify_locations(ca)
    return ctx


class Person:
    mechanism = "SCRAM"

    def __init__(self, name, ca):
        self.client = aioxmpp.PresenceManagedClient(
            aioxmpp.JID.fromstr(f"{name}@{DOMAIN}"),
            SecurityLayer(
                lambda: context(ca),
                PKIXCertificateVerifier,  # chain and name
                True,
                (Scram(self._password),),
            ),
            override_peer=[(HOST, PORT, aioxmpp.connector.STARTTLSConnector())],
        )
        self.inbox = []  # bodies, in the order they came
        self.kept = []  # those of them that carried a delay
        self.failure = None
        self.asked = False  # for the password: TLS was found good
        self.news = asyncio.Event()
        self.roster = self.client.summon(aioxmpp.RosterClient)
        self.presence = self.client.summon(aioxmpp.PresenceClient)
        dispatcher = self.client.summon(aioxmpp.dispatcher.SimpleMessageDispatcher)
        dispatcher.register_callback(aioxmpp.MessageType.CHAT, None, self._message)
        self.roster.on_subscribe.connect(self._subscribe)
        self.client.on_failure.connect(self._failure)
        for signal in (
            self.client.on_stream_established,
            self.client.on_stopped,
            self.roster.on_entry_subscription_state_changed,
            self.presence.on_changed,
            self.presence.on_available,
            self.presence.on_unavailable,
        ):
            signal.connect(self._note)

    @classmethod
    async def refused(cls, name):
        person = cls(name, WRONG_CA)
        person.client.presence = aioxmpp.PresenceState(True)
        await person.until("refusal", lambda: person.failure is not None)
        assert not person.asked, person.failure

    @classmethod
    async def login(cls, name):
        person = cls(name, CA)
        person.client.presence = aioxmpp.PresenceState(True)
        await person.until("login", lambda: person.client.established)
        return person

    async def logout(self):
        self.client.presence = aioxmpp.PresenceState(False)
        await self.until("logout", lambda: not self.client.running)

    async def again(self):
        await self.until("new login", lambda: self.client.established)
        return self

    async def until(self, what, happened):
        await until(f"{self.client.local_jid}: {what}", happened, self.news)

    async def synced(self):
        """Returns when the server has dealt with all that was sent before."""
        await self.client.send(
            aioxmpp.IQ(type_=aioxmpp.IQType.GET, payload=aioxmpp.roster.xso.Query())
        )

    async def befriend(self, jid):
        jid = aioxmpp.JID.fromstr(jid)
        await self.roster.set_entry(jid, name=jid.localpart.title(), add_to_groups={"Verona"})
        self.roster.subscribe(jid)

    async def subscribed(self, jid):
        item = lambda: self.roster.items.get(aioxmpp.JID.fromstr(jid))
        await self.until(f"subscription of {jid}", lambda: item() and item().subscription == "both")

    async def rests(self):
        self.client.presence = aioxmpp.PresenceState(True, aioxmpp.PresenceShow.AWAY)

    async def sees(self, jid, show=None):
        there = lambda: self.presence.get_most_available_stanza(aioxmpp.JID.fromstr(jid))
        await self.until(f"{jid} there, {show}", lambda: there() and show in (None, there().show.value))

    async def misses(self, jid):
        resources = lambda: self.presence.get_peer_resources(aioxmpp.JID.fromstr(jid))
        await self.until(f"{jid} gone", lambda: not resources())

    async def say(self, jid, body):
        message = aioxmpp.Message(to=aioxmpp.JID.fromstr(jid), type_=aioxmpp.MessageType.CHAT)
        message.body[None] = body
        await self.client.send(message)

    async def receives(self, body):
        await self.until(f"message {body!r}", lambda: body in self.inbox)

    async def _password(self, jid, attempt):
        self.asked = True
        return PASSWORD if attempt == 0 else None

    def _message(self, message):
        body = message.body.any()
        self.inbox.append(body)
        if message.xep0203_delay:
            self.kept.append(body)
        self.news.set()

    def _subscribe(self, request):
        self.roster.approve(request.from_)

    def _failure(self, failure):
        self.failure = failure
        self.news.set()

    def _note(self, *_, **__):
        self.news.set()


if __name__ == "__main__":
    asyncio.run(play(Person, Person))
