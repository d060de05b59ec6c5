"""slixmpp as clients of two ages: pictures and bookmarks that the one stores, the other
finds (XEP-0398, XEP-0402)."""

import asyncio
import hashlib
from xml.etree import ElementTree

from slixmpp.exceptions import IqError
from slixmpp.plugins.xep_0048 import Bookmarks
from slixmpp_client import Person
from transcript import JULIET, ROMEO, ok

ROSE = b"\x89PNG\r\n\x1a\n of a rose"
MOON = b"GIF89a of the moon"
ROOM = "orchard@conference.verona.lit"


def name(image):
    return hashlib.sha1(image).hexdigest()


class Modern(Person):
    """Publishes its avatar, and wants to hear of those of others."""

    def __init__(self, who, ca):
        super().__init__(who, ca)
        for plugin in ("xep_0030", "xep_0060", "xep_0084", "xep_0115", "xep_0163"):
            self.register_plugin(plugin)
        self.avatars = []  # (who, id) as events told
        self.add_event_handler("avatar_metadata_publish", self._avatar)

    def _avatar(self, message):
        item = message["pubsub_event"]["items"]["item"]
        self.avatars.append((message["from"].bare, item["id"]))
        self.news.set()

    async def shows(self, image, kind):
        """To everybody: pubsub#access_model open."""
        options = self["xep_0004"].make_form(ftype="submit")
        options.add_field("FORM_TYPE", ftype="hidden", value="http://jabber.org/protocol/pubsub#publish-options")
        options.add_field("pubsub#access_model", value="open")
        await self["xep_0084"].publish_avatar(image, options=options)
        item = {"id": name(image), "type": kind, "bytes": len(image)}
        await self["xep_0084"].publish_avatar_metadata(item, options=options)


class Old(Person):
    """Knows vCards, hashes in presence, and private storage."""

    def __init__(self, who, ca):
        super().__init__(who, ca)
        for plugin in ("xep_0048", "xep_0049", "xep_0054", "xep_0153"):
            self.register_plugin(plugin)
        self.hashes = []  # (who, hash) as presence told
        self.add_event_handler("presence_available", self._hash)

    def _hash(self, presence):
        if presence.match("presence/vcard_temp_update"):
            self.hashes.append((presence["from"].bare, presence["vcard_temp_update"]["photo"]))
            self.news.set()


async def pictures(old, modern):
    await modern.shows(ROSE, "image/png")
    await old.until("a hash in presence", lambda: (JULIET, name(ROSE)) in old.hashes)
    card = await old["xep_0054"].get_vcard(JULIET, cached=False)
    assert card["vcard_temp"]["PHOTO"]["BINVAL"] == ROSE, card
    assert card["vcard_temp"]["PHOTO"]["TYPE"] == "image/png", card
    ok("published")

    own = old["xep_0054"].make_vcard()
    own["PHOTO"]["TYPE"], own["PHOTO"]["BINVAL"] = "image/gif", MOON
    await old["xep_0054"].publish_vcard(own)
    await modern.until("an event", lambda: (ROMEO, name(MOON)) in modern.avatars)
    found = await modern["xep_0084"].retrieve_avatar(ROMEO, name(MOON))
    assert found["pubsub"]["items"]["item"]["avatar_data"]["value"] == MOON, found
    ok("photo")


async def bookmarks(old, modern):
    """Both are romeo's: old is, and modern asks in its place."""
    stored = Bookmarks()
    stored.add_conference(ROOM, "romeo", autojoin=True)
    await old["xep_0048"].set_bookmarks(stored, method="xep_0049")
    items = await modern["xep_0060"].get_items(ROMEO, "urn:xmpp:bookmarks:1")
    [item] = items["pubsub"]["items"]["substanzas"]
    assert item["id"] == ROOM, items
    conference = item["payload"]
    assert conference.tag == "{urn:xmpp:bookmarks:1}conference", items
    assert conference.get("autojoin") == "true", items
    assert conference.findtext("{urn:xmpp:bookmarks:1}nick") == "romeo", items

    conference.set("name", "The Orchard")
    await modern["xep_0060"].publish(ROMEO, "urn:xmpp:bookmarks:1", id=ROOM, payload=conference)
    again = await old["xep_0048"].get_bookmarks(method="xep_0049")
    assert "The Orchard" in ElementTree.tostring(again.xml, encoding="unicode"), again
    ok("bookmarks")


async def main():
    romeo, juliet = await Old.login("romeo"), await Modern.login("juliet")
    await romeo.befriend(JULIET)
    await juliet.befriend(ROMEO)
    await romeo.subscribed(JULIET)
    await juliet.subscribed(ROMEO)
    await romeo.sees(JULIET)
    await juliet.sees(ROMEO)
    await pictures(romeo, juliet)
    desk = await Modern.login("romeo")
    await bookmarks(romeo, desk)
    try:
        await juliet["xep_0060"].get_items(ROMEO, "urn:xmpp:bookmarks:1")
    except IqError as refused:
        assert refused.condition == "not-allowed", refused
        ok("private")
    for person in (romeo, juliet, desk):
        await person.logout()


if __name__ == "__main__":
    asyncio.run(main())
