"""profanity reads what was said before it came from the archive."""

import asyncio

import profanity_client
from slixmpp_devices import Device
from slixmpp_client import Person as Romeo
from transcript import JULIET, ROMEO, ok


class Person(profanity_client.Person):
    """A profanity that asks the archive."""

    def history(self, jid):
        self.type(f"/msg {jid}")


async def main():
    romeo = await Romeo.login("romeo")
    desk = await Device.login("juliet")
    said = []
    for i in range(5):
        said += [f"question {i}", f"answer {i}"]
        await romeo.say(JULIET, said[-2])
        await desk.receives(said[-2])
        desk.send_message(mto=ROMEO, mbody=said[-1], mtype="chat")
        await romeo.receives(said[-1])
    await desk.logout()
    juliet = await Person.login("juliet")
    juliet.type("/mam on")
    await juliet.shows("enabled")
    juliet.history(ROMEO)
    for body in said:
        await juliet.shows(body)
    screen = juliet.screen()
    assert all(screen.count(body) == 1 for body in said), screen
    ok("history")
    await juliet.logout()
    await romeo.logout()


if __name__ == "__main__":
    asyncio.run(main())
