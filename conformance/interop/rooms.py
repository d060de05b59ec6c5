"""Four clients in one room: romeo is slixmpp and owns it, juliet is profanity, the nurse
is aioxmpp, and tybalt, who only shouts, is go-sendxmpp.

Each has its own idea of who is there and what was said (XEP-0045); the archive of the
room is read by slixmpp (XEP-0313).
"""

import asyncio

import aioxmpp
import aioxmpp.muc
import profanity_client
import slixmpp
from aioxmpp_client import Person as Aioxmpp
from sendxmpp_client import Person as Sendxmpp
from slixmpp_client import Person as Slixmpp
from transcript import DOMAIN, JULIET, ok

ROOM = f"balcony@conference.{DOMAIN}"


class Owner(Slixmpp):
    """slixmpp. What is said in the room is remembered as (nick, body)."""

    def __init__(self, name, ca):
        super().__init__(name, ca)
        for plugin in ("xep_0004", "xep_0030", "xep_0045", "xep_0297", "xep_0313", "xep_0359"):
            self.register_plugin(plugin)
        self.said = []
        self.letters = []
        self.codes = []  # of changes of the room
        self.add_event_handler("groupchat_message", self._said)
        self.add_event_handler("groupchat_config_status", self._changed)
        self.add_event_handler("groupchat_presence", lambda _: self.news.set())

    @property
    def muc(self):
        return self["xep_0045"]

    async def enter(self, nick):
        return await self.muc.join_muc_wait(ROOM, nick, maxstanzas=0)

    async def with_nick(self, *nicks):
        await self.until(f"{nicks} in the room", lambda: set(self.muc.get_roster(ROOM)) == set(nicks))

    async def configure(self, **values):
        form = await self.muc.get_room_config(ROOM)
        fields = form.get_fields()
        for name, value in values.items():
            fields[f"muc#roomconfig_{name}"]["value"] = value
        form["type"] = "submit"
        await self.muc.set_room_config(ROOM, form)

    async def archive(self):
        """All that the room has kept, some messages at a time."""
        kept = []
        async for message in self["xep_0313"].iterate(jid=slixmpp.JID(ROOM), rsm={"max": 3}):
            stanza = message["mam_result"]["forwarded"]["stanza"]
            if stanza["body"]:
                kept.append((stanza["from"].resource, stanza["body"]))
        return kept

    def speak(self, body):
        self.send_message(mto=ROOM, mbody=body, mtype="groupchat")

    def whisper(self, nick, body):
        self.send_message(mto=f"{ROOM}/{nick}", mbody=body, mtype="chat")

    async def hears(self, nick, body):
        await self.until(f"{nick} says {body!r}", lambda: (nick, body) in self.said)

    async def is_told(self, nick, body):
        await self.until(f"{nick} whispers {body!r}", lambda: (nick, body) in self.letters)

    def _message(self, message):
        if message["type"] == "chat" and message["from"].bare == ROOM:
            self.letters.append((message["from"].resource, message["body"]))
        super()._message(message)

    def _said(self, message):
        if message["body"]:
            self.said.append((message["from"].resource, message["body"]))
            self.news.set()

    def _changed(self, message):
        self.codes += message["muc"]["status_codes"]
        self.news.set()


class Window(profanity_client.Person):
    """profanity: the window of the room is read."""

    async def enter(self, nick):
        self.type(f"/join {ROOM} nick {nick}")
        await self.shows(rf"-> You have joined the room as {nick}")

    def speak(self, body):
        self.type(body)

    async def hears(self, nick, body):
        await self.shows(rf"{nick}: {body}")

    def order(self, bodies):
        """The bodies that the window shows, as they stand there."""
        text = self.screen()
        return sorted((b for b in bodies if b in text), key=text.index)


class Guest(Aioxmpp):
    """aioxmpp."""

    def __init__(self, name, ca):
        super().__init__(name, ca)
        self.rooms = self.client.summon(aioxmpp.MUCClient)
        self.said = []
        self.letters = []
        self.left = None  # why

    async def enter(self, nick):
        self.room, entered = self.rooms.join(aioxmpp.JID.fromstr(ROOM), nick, history=aioxmpp.muc.xso.History(maxstanzas=0))
        self.room.on_message.connect(self._said)
        self.room.on_exit.connect(self._exit)
        for signal in (self.room.on_join, self.room.on_leave, self.room.on_topic_changed, self.room.on_muc_affiliation_changed):
            signal.connect(self._note)
        await asyncio.wait_for(entered, 15)
        self.left = None

    def nicks(self):
        return {member.nick for member in self.room.members}

    async def with_nick(self, *nicks):
        await self.until(f"{nicks} in the room", lambda: self.nicks() == set(nicks))

    def speak(self, body):
        message = aioxmpp.Message(type_=aioxmpp.MessageType.GROUPCHAT)
        message.body[None] = body
        self.room.send_message(message)

    async def whisper(self, nick, body):
        message = aioxmpp.Message(to=aioxmpp.JID.fromstr(f"{ROOM}/{nick}"), type_=aioxmpp.MessageType.CHAT)
        message.body[None] = body
        await self.client.send(message)

    async def hears(self, nick, body):
        await self.until(f"{nick} says {body!r}", lambda: (nick, body) in self.said)

    async def is_told(self, body):
        await self.until(f"{body!r} is whispered", lambda: body in self.inbox)

    async def is_out(self, mode):
        await self.until(f"out, {mode}", lambda: self.left == mode)

    def _said(self, message, member, *_, **__):
        self.said.append((member.nick, message.body.any()))
        self.news.set()

    def _exit(self, muc_leave_mode=None, **__):
        self.left = muc_leave_mode
        self.news.set()


class Shouter(Sendxmpp):
    """go-sendxmpp: it enters, says one thing, and is gone."""

    async def shout(self, body):
        await self.run(body, "--chatroom", "--alias", "Tybalt", ROOM)


async def meet():
    """The owner makes the room and gives it settings; the others come."""
    romeo = await Owner.login("romeo")
    await romeo.enter("Romeo")
    await romeo.configure(persistentroom=True, roomname="Balcony", membersonly=False)
    juliet, nurse = await Window.login("juliet"), await Guest.login("nurse")
    await juliet.enter("Juliet")
    await nurse.enter("Nurse")
    everybody = ("Romeo", "Juliet", "Nurse")
    await romeo.with_nick(*everybody)
    await nurse.with_nick(*everybody)
    await juliet.shows(r"\n\s+Nurse")  # beside the window
    ok("join")
    return romeo, juliet, nurse


async def talk(romeo, juliet, nurse):
    """Everybody hears everybody, in one order, which is that of the archive."""
    said = []
    for nick, person in (("Romeo", romeo), ("Juliet", juliet), ("Nurse", nurse)) * 2:
        body = f"{nick} says {len(said)}"
        person.speak(body)
        for listener in (romeo, juliet, nurse):
            await listener.hears(nick, body)
        said.append((nick, body))
    await Shouter("tybalt").shout("I hate the word")
    for listener in (romeo, juliet, nurse):
        await listener.hears("Tybalt", "I hate the word")
    said.append(("Tybalt", "I hate the word"))
    bodies = [body for _, body in said]
    assert romeo.said == said, romeo.said
    assert nurse.said == said, nurse.said
    assert juliet.order(bodies) == bodies, juliet.order(bodies)
    ok("talk")
    return said


async def whisper(romeo, juliet, nurse):
    romeo.whisper("Nurse", "tell her")
    await nurse.is_told("tell her")
    await nurse.whisper("Romeo", "I will")
    await romeo.is_told("Nurse", "I will")
    juliet.type("/msg Romeo wherefore art thou")
    await romeo.is_told("Juliet", "wherefore art thou")
    romeo.whisper("Juliet", "here")
    await juliet.shows("here")
    juliet.type("/win 2")
    ok("private")


async def rule(romeo, juliet, nurse):
    """A new setting, then a kick by profanity and a ban by slixmpp."""
    await romeo.configure(roomname="Orchard", changesubject=True)
    await romeo.until("the settings have changed", lambda: 104 in romeo.codes)
    info = await romeo["xep_0030"].get_info(jid=ROOM)
    assert any(i[3] == "Orchard" for i in info["disco_info"]["identities"]), info
    await juliet.shows("Orchard")  # in the title: it has asked anew
    ok("config")

    await romeo.muc.set_affiliation(ROOM, "admin", jid=slixmpp.JID(JULIET))
    await juliet.shows("affiliation has been changed to: admin|affiliation.*admin")
    juliet.type("/kick Nurse too loud")
    await nurse.is_out(aioxmpp.muc.LeaveMode.KICKED)
    await romeo.with_nick("Romeo", "Juliet")
    ok("kick")

    await nurse.enter("Nurse")
    await romeo.with_nick("Romeo", "Juliet", "Nurse")
    await romeo.muc.set_affiliation(ROOM, "outcast", jid=slixmpp.JID(f"nurse@{DOMAIN}"), reason="gossip")
    await nurse.is_out(aioxmpp.muc.LeaveMode.BANNED)
    await juliet.shows("Nurse has been banned")
    try:
        await nurse.enter("Nurse")
    except aioxmpp.errors.XMPPError as refused:
        assert refused.condition == aioxmpp.ErrorCondition.FORBIDDEN, refused
    else:
        raise AssertionError("who is banned has entered")
    ok("ban")


async def catch_up(romeo, juliet, nurse, said):
    """Romeo comes back and reads what the room has kept, page by page."""
    await romeo.logout()
    juliet.speak("what was said without him")
    await juliet.shows("Juliet: what was said without him")
    again = await Owner.login("romeo")
    kept = await again.archive()
    assert kept == [*said, ("Juliet", "what was said without him")], kept
    ok("archive")
    await again.logout()
    await juliet.logout()
    await nurse.logout()


async def main():
    romeo, juliet, nurse = await meet()
    said = await talk(romeo, juliet, nurse)
    await whisper(romeo, juliet, nurse)
    await rule(romeo, juliet, nurse)
    await catch_up(romeo, juliet, nurse, said)


if __name__ == "__main__":
    asyncio.run(main())
