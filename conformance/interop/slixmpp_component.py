"""slixmpp as two external components: one that echoes what people say, as a gateway
would, and one that is a push service."""

import asyncio
import os

import slixmpp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp_client import Person
from transcript import DOMAIN, HOST, JULIET, ok, until

COMPONENT_PORT = int(os.environ["INTEROP_COMPONENT_PORT"])
SECRET = os.environ["INTEROP_COMPONENT_SECRET"]
NS_PUBSUB = "http://jabber.org/protocol/pubsub"
NS_PUSH = "urn:xmpp:push:0"


class Component(slixmpp.ComponentXMPP):
    """What they have in common."""

    def __init__(self, name, secret=SECRET):
        super().__init__(f"{name}.{DOMAIN}", secret)
        self.seen = set()
        self.news = asyncio.Event()
        for event in ("session_start", "disconnected"):
            self.add_event_handler(event, lambda _, event=event: self._note(event))
        self.add_event_handler("stream_error", lambda error: self._note(error["condition"]))

    @classmethod
    async def attached(cls, name):
        component = cls(name)
        component.connect(HOST, COMPONENT_PORT)
        await component.until("handshake", lambda: "session_start" in component.seen)
        return component

    async def until(self, what, happened):
        await until(f"{self.boundjid}: {what}", happened, self.news)

    def _note(self, event):
        self.seen.add(event)
        self.news.set()


class Echo(Component):
    """Answers messages at all its addresses. slixmpp keeps a roster for each of them,
    and subscribes to whoever subscribes to it."""

    def __init__(self, name, secret=SECRET):
        super().__init__(name, secret)
        self.register_plugin("xep_0030")
        self["xep_0030"].add_identity(category="gateway", itype="echo", name="Echo")
        self.auto_authorize = True  # components of slixmpp leave that open
        self.present = {}
        self.add_event_handler("message", self._echo)
        self.add_event_handler("presence_probe", self._probed)
        self.add_event_handler("presence_available", self._came)
        self.add_event_handler("presence_unavailable", self._left)

    def _echo(self, message):
        if message["type"] != "error" and message["body"]:
            message.reply(message["body"]).send()

    def _probed(self, presence):
        self.send_presence(pfrom=f"{presence['to'].bare}/cave", pto=presence["from"])

    def _came(self, presence):
        self.present[presence["from"]] = presence["to"]
        self.news.set()

    def _left(self, presence):
        self.present.pop(presence["from"], None)
        self.news.set()


class PushService(Component):
    """Notes what is published, and answers it as it is told to."""

    def __init__(self, name, secret=SECRET):
        super().__init__(name, secret)
        self.published = []
        self.refuses = False
        matcher = MatchXPath(f"{{jabber:component:accept}}iq/{{{NS_PUBSUB}}}pubsub")
        self.register_handler(Callback("publish", matcher, self._publish))

    def _publish(self, iq):
        notification = iq.xml.find(f".//{{{NS_PUSH}}}notification")
        assert notification is not None, iq
        self.published.append(iq["from"])
        if self.refuses:
            reply = iq.reply(clear=True)
            reply["type"] = "error"
            reply["error"]["condition"] = "item-not-found"
            reply["error"]["type"] = "cancel"
            reply.send()
        else:
            iq.reply(clear=True).send()
        self.news.set()

    async def wakes(self, count):
        await self.until(f"{count} notifications", lambda: len(self.published) >= count)


async def refused():
    """Who does not know the secret is not let in."""
    stranger = Echo("echo", "a guess, and a wrong one")
    stranger.connect(HOST, COMPONENT_PORT)
    await stranger.until("refusal", lambda: "not-authorized" in stranger.seen)
    stranger.abort()


async def talk(romeo, echo):
    """Both ways, to any address of the component."""
    await romeo.say(f"nymph@{echo.boundjid}", "Bondage is <hoarse> & Ωmega")
    await romeo.receives("Bondage is <hoarse> & Ωmega")
    await romeo.say(f"{echo.boundjid}", "and the domain itself")
    await romeo.receives("and the domain itself")


async def discover(romeo, echo):
    """A client finds the gateway by way of its server (XEP-0030)."""
    romeo.register_plugin("xep_0030")
    items = await romeo["xep_0030"].get_items(jid=DOMAIN)
    assert str(echo.boundjid) in [item[0] for item in items["disco_items"]["items"]], items
    info = await romeo["xep_0030"].get_info(jid=echo.boundjid)
    assert ("gateway", "echo", None, "Echo") in info["disco_info"]["identities"], info


async def subscribe(romeo, echo):
    """A contact at the component: subscribed both ways, presence both ways, probed at
    the next login."""
    nymph = f"nymph@{echo.boundjid}"
    await romeo.befriend(nymph)
    await romeo.subscribed(nymph)
    echo.send_presence(pfrom=f"{nymph}/cave", pto=romeo.boundjid.bare)
    await romeo.sees(nymph)
    await echo.until("presence of romeo", lambda: echo.present.get(romeo.boundjid) == nymph)
    await romeo.logout()
    await echo.until("romeo gone", lambda: not echo.present)
    again = await Person.login("romeo")
    await again.sees(nymph)
    await echo.until("romeo back", lambda: again.boundjid in echo.present)
    return again


async def push(romeo, service):
    """The service is told until it has refused twice."""
    juliet = await Person.login("juliet")
    iq = juliet.make_iq_set()
    iq.append(slixmpp.ET.Element(f"{{{NS_PUSH}}}enable", {"jid": str(service.boundjid), "node": "n"}))
    await iq.send()
    await juliet.logout()
    await romeo.say(JULIET, "awake")
    await service.wakes(1)
    service.refuses = True
    for count in (2, 3):
        await romeo.say(JULIET, "awake, I say")
        await service.wakes(count)
        await settled()
    await romeo.say(JULIET, "are you there?")
    await romeo.synced()
    await settled()
    assert len(service.published) == 3, service.published


async def settled():
    """That nothing comes cannot be waited for; the server writes the refusal down
    meanwhile."""
    await asyncio.sleep(1)


async def main():
    await refused()
    ok("refused")
    romeo = await Person.login("romeo")
    echo = await Echo.attached("echo")
    ok("attached")
    await talk(romeo, echo)
    ok("chat")
    await discover(romeo, echo)
    ok("discovery")
    romeo = await subscribe(romeo, echo)
    ok("subscribe")
    await push(romeo, await PushService.attached("push"))
    ok("push")
    await romeo.logout()


if __name__ == "__main__":
    asyncio.run(main())
