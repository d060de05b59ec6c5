"""slixmpp as two devices of juliet: copies, and catching up by the archive."""

import asyncio

import slixmpp
from slixmpp_client import Person
from transcript import CA, HOST, JULIET, PORT, ROMEO, ok


class Device(Person):
    """A device of a person: it knows what it has shown, by the archive's ids."""

    def __init__(self, name, ca):
        super().__init__(name, ca)
        for plugin in ("xep_0280", "xep_0297", "xep_0313", "xep_0359"):
            self.register_plugin(plugin)
        self.shown = []  # (id, body), in the order they were shown
        self.doubled = []  # ids that came more than once
        self.add_event_handler("carbon_sent", lambda m: self._show(m["carbon_sent"]))
        self.add_event_handler("carbon_received", lambda m: self._show(m["carbon_received"]))

    @classmethod
    async def connected(cls, name, resource):
        """Logged in, without presence."""
        device = cls(name, CA)
        device.requested_jid = slixmpp.JID(f"{device.boundjid.bare}/{resource}")
        device.connect((HOST, PORT))
        await device.until("login", lambda: "session_start" in device.seen)
        assert device.boundjid.resource == resource, device.boundjid
        return device

    async def catch_up(self):
        """All that the archive has behind the last message that was shown."""
        rsm = {"max": 7}
        if self.shown:
            rsm["after"] = self.shown[-1][0]
        async for message in self["xep_0313"].iterate(jid=slixmpp.JID(self.boundjid.bare), rsm=rsm):
            result = message["mam_result"]
            self._remember(result["id"], result["forwarded"]["stanza"]["body"])

    def shows(self, count):
        return self.until(f"{count} messages shown", lambda: len(self.shown) >= count)

    def bodies(self):
        return [body for _, body in self.shown]

    def _message(self, message):
        super()._message(message)
        if message["body"]:
            self._show(message)

    def _show(self, message):
        self._remember(message["stanza_id"]["id"], message["body"])

    def _remember(self, archived, body):
        assert archived, f"{body!r} has no id of the archive"
        if any(archived == known for known, _ in self.shown):
            self.doubled.append(archived)
        self.shown.append((archived, body))
        self.news.set()


async def both_see(romeo, phone, desk):
    """Whatever one device sends or receives, the other sees (XEP-0280)."""
    await romeo.say(desk.boundjid.full, "to the desk")
    await phone.shows(1)
    desk.send_message(mto=ROMEO, mbody="from the desk", mtype="chat")
    await phone.shows(2)
    assert phone.bodies() == ["to the desk", "from the desk"], phone.bodies()
    assert desk.bodies() == ["to the desk"], desk.bodies()


async def absence(romeo, phone, desk):
    """The phone sleeps while the desk talks; then it catches up."""
    phone.disconnect()
    await phone.until("sleep", lambda: "disconnected" in phone.seen)
    said = []
    for i in range(20):
        said += [f"question {i}", f"answer {i}"]
        await romeo.say(JULIET, said[-2])
        await desk.receives(said[-2])
        desk.send_message(mto=ROMEO, mbody=said[-1], mtype="chat")
        await romeo.receives(said[-1])
    again = await Device.connected("juliet", "phone")
    again.shown = phone.shown
    await again["xep_0280"].enable()
    again.send_presence()
    await again.catch_up()
    await again.synced()
    assert again.bodies() == ["to the desk", "from the desk", *said], again.bodies()
    return again


async def nobody_there(romeo, phone, desk):
    """All devices sleep: what the archive has given does not come from the
    offline queue as well (XEP-0313 #business-storeret-user-archives)."""
    before = phone.bodies()
    for device in (phone, desk):
        device.disconnect()
        await device.until("sleep", lambda: "disconnected" in device.seen)
    said = [f"missed {i}" for i in range(10)]
    for body in said:
        await romeo.say(JULIET, body)
    await romeo.synced()
    again = await Device.connected("juliet", "phone")
    again.shown = phone.shown
    await again.catch_up()
    again.send_presence()
    await romeo.say(JULIET, "and now")
    await again.shows(len(before) + 11)
    await again.synced()
    assert again.bodies() == [*before, *said, "and now"], again.bodies()
    assert not again.doubled, again.doubled
    await again.logout()


async def main():
    romeo = await Person.login("romeo")
    phone = await Device.connected("juliet", "phone")
    desk = await Device.login("juliet")
    for device in (phone, desk):
        await device["xep_0280"].enable()
    phone.send_presence()
    await desk.synced()
    await both_see(romeo, phone, desk)
    ok("copies")
    phone = await absence(romeo, phone, desk)
    ok("catchup")
    await nobody_there(romeo, phone, desk)
    ok("once")
    await romeo.logout()


if __name__ == "__main__":
    asyncio.run(main())
