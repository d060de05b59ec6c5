"""Three people, before they move (act "live") and after it (act "moved").

Juliet and romeo see each other's presence and have talked; juliet has a vCard,
private data, a public and a private node of personal events; nurse has asked
juliet for her presence and not been answered.
"""

import asyncio
import json
import os
import ssl
import sys
from pathlib import Path

import slixmpp
from slixmpp.xmlstream import ET

PASSWORDS = json.loads(os.environ["PEOPLE"])
DOMAIN = os.environ["DOMAIN"]
ADDRESS = (os.environ["HOST"], int(os.environ["PORT"]))
CA = os.environ["CA"]
LIMIT = 15  # seconds that any one thing may take

JULIET, ROMEO, NURSE = (f"{name}@{DOMAIN}" for name in ("juliet", "romeo", "nurse"))

CARD = "<vCard xmlns='vcard-temp'><FN>Juliet Capulet</FN><NICKNAME>Jule &amp; co</NICKNAME></vCard>"
PREFS = "<prefs xmlns='capulet:prefs' theme='dark'><font>large</font></prefs>"
NICK = "<nick xmlns='http://jabber.org/protocol/nick'>Jule</nick>"
ROOM = "<conference xmlns='urn:xmpp:bookmarks:1' name='The Play' autojoin='true'><nick>J</nick></conference>"
WORDS = ["wherefore art thou Romeo?", "shall I hear more, or shall I speak at this?"]


class Person(slixmpp.ClientXMPP):
    def __init__(self, name, password=None):
        super().__init__(f"{name}@{DOMAIN}/moving", password or PASSWORDS[name])
        if CA:
            self.ca_certs = Path(CA)
            # slixmpp 1.8 knows no channel binding of TLS 1.3.
            self.ssl_context.maximum_version = ssl.TLSVersion.TLSv1_2
        else:
            self["feature_mechanisms"].unencrypted_scram = True
        self.auto_authorize = None  # requests wait
        self.seen, self.asked, self.present = set(), set(), set()
        self.news = asyncio.Event()
        for event in ("session_start", "failed_all_auth", "disconnected"):
            self.add_event_handler(event, lambda _, event=event: self.note(self.seen, event))
        self.add_event_handler("presence_subscribe", lambda p: self.note(self.asked, p["from"].bare))
        self.add_event_handler("presence_available", lambda p: self.note(self.present, p["from"].bare))

    def note(self, where, what):
        where.add(what)
        self.news.set()

    async def until(self, what, happened):
        try:
            async with asyncio.timeout(LIMIT):
                while not happened():
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            raise SystemExit(f"waited in vain: {what}") from None

    @classmethod
    async def login(cls, name):
        person = cls(name)
        if CA:
            person.connect(ADDRESS)
        else:
            person.connect(ADDRESS, disable_starttls=True, force_starttls=False)
        await person.until("login of " + name, lambda: "session_start" in person.seen)
        mechanism = person["feature_mechanisms"].mech.name
        assert mechanism.startswith("SCRAM-"), mechanism
        print("ok login", name, mechanism)
        person.items = {i["jid"]: i for i in (await person.get_roster())["roster"]}
        person.send_presence()
        return person

    @classmethod
    async def refused(cls, name):
        person = cls(name, "wrong")
        person.connect(ADDRESS)
        await person.until("refusal", lambda: "failed_all_auth" in person.seen)
        person.abort()
        print("ok refused", name)

    async def ask(self, kind, payload, to=None):
        iq = self.make_iq(ito=to)
        iq["type"] = kind
        iq.append(ET.fromstring(payload))
        answer = await iq.send(timeout=LIMIT)
        return answer.xml

    async def publish(self, node, item, payload, access):
        await self.ask("set", f"""<pubsub xmlns='http://jabber.org/protocol/pubsub'>
            <publish node='{node}'><item id='{item}'>{payload}</item></publish>
            <publish-options><x xmlns='jabber:x:data' type='submit'>
            <field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/pubsub#publish-options</value></field>
            <field var='pubsub#access_model'><value>{access}</value></field></x></publish-options></pubsub>""")

    async def logout(self):
        self.disconnect()
        await self.until("logout", lambda: "disconnected" in self.seen)


async def live():
    juliet, romeo, nurse = [await Person.login(n) for n in ("juliet", "romeo", "nurse")]
    await juliet.ask("set", f"<query xmlns='jabber:iq:roster'><item jid='{ROMEO}' name='my Romeo'><group>Lovers</group></item></query>")
    for one, other, address in ((juliet, romeo, ROMEO), (romeo, juliet, JULIET)):
        one.send_presence_subscription(address)
        await other.until("request", lambda: one.boundjid.bare in other.asked)
        other.send_presence(pto=one.boundjid.bare, ptype="subscribed")
        await one.until("presence", lambda: address in one.present)
    nurse.send_presence_subscription(JULIET)
    await juliet.until("request of the nurse", lambda: NURSE in juliet.asked)
    await juliet.ask("set", CARD)
    await juliet.ask("set", f"<query xmlns='jabber:iq:private'>{PREFS}</query>")
    await juliet.publish("http://jabber.org/protocol/nick", "current", NICK, "open")
    await juliet.publish("urn:xmpp:bookmarks:1", "play@conference." + DOMAIN, ROOM, "whitelist")
    juliet.send_message(ROMEO, WORDS[0], mtype="chat")
    await asyncio.sleep(1.1)  # Prosody's archive knows whole seconds
    romeo.send_message(JULIET, WORDS[1], mtype="chat")
    for person in (juliet, romeo, nurse):
        await person.logout()


async def history(person):
    """The bodies in the archive, oldest first, and who sent them."""
    found = []

    def collect(message):
        forwarded = message.xml.find("{urn:xmpp:mam:2}result/{urn:xmpp:forward:0}forwarded/{jabber:client}message")
        if forwarded is not None:
            found.append((forwarded.get("from").split("/")[0], forwarded.findtext("{jabber:client}body")))

    person.register_handler(slixmpp.Callback(
        "history", slixmpp.xmlstream.matcher.MatchXPath("{jabber:client}message/{urn:xmpp:mam:2}result"), collect))
    await person.ask("set", "<query xmlns='urn:xmpp:mam:2' queryid='q'/>")
    return found


def same(got, want):
    want = ET.fromstring(want)
    assert got is not None and ET.canonicalize(ET.tostring(got)) == ET.canonicalize(ET.tostring(want)), ET.tostring(got)


async def moved():
    await Person.refused("juliet")
    romeo = await Person.login("romeo")
    juliet = await Person.login("juliet")
    assert set(juliet.items) == {ROMEO}, juliet.items
    item = juliet.items[ROMEO]
    assert (item["name"], item["subscription"], item["groups"]) == ("my Romeo", "both", ["Lovers"]), item
    assert romeo.items[JULIET]["subscription"] == "both"
    await romeo.until("presence of juliet", lambda: JULIET in romeo.present)
    await juliet.until("presence of romeo", lambda: ROMEO in juliet.present)
    await juliet.until("request of the nurse", lambda: NURSE in juliet.asked)
    print("ok roster")

    same((await juliet.ask("get", "<vCard xmlns='vcard-temp'/>"))[0], CARD)
    same((await romeo.ask("get", "<vCard xmlns='vcard-temp'/>", JULIET))[0], CARD)
    same((await juliet.ask("get", "<query xmlns='jabber:iq:private'><prefs xmlns='capulet:prefs'/></query>"))[0][0], PREFS)
    print("ok vcard, private data")

    items = "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='%s'/></pubsub>"
    same((await romeo.ask("get", items % "http://jabber.org/protocol/nick", JULIET))[0][0][0][0], NICK)
    same((await juliet.ask("get", items % "urn:xmpp:bookmarks:1", JULIET))[0][0][0][0], ROOM)
    try:
        await romeo.ask("get", items % "urn:xmpp:bookmarks:1", JULIET)
        raise SystemExit("romeo can read juliet's bookmarks")
    except slixmpp.exceptions.IqError:
        pass
    print("ok personal events")

    want = [(JULIET, WORDS[0]), (ROMEO, WORDS[1])]
    for person in (juliet, romeo):
        got = await history(person)
        assert got == want, got
    print("ok archive")
    for person in (juliet, romeo):
        await person.logout()


asyncio.run({"live": live, "moved": moved}[sys.argv[1]]())
print("all is well")
