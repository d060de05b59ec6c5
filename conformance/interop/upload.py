"""Uploads: juliet uploads a file and sends romeo the link, by slixmpp and then by
go-sendxmpp; romeo downloads it by aiohttp."""

import asyncio
import io
import os
import ssl
import tempfile

import aiohttp
from sendxmpp_client import Person as Command
from slixmpp_client import Person
from transcript import CA, DOMAIN, ROMEO, ok

CONTENT = bytes(range(256)) * 1000
NAME = "a rosé.bin"


async def by_slixmpp():
    """slixmpp gives no authority to aiohttp, which takes that of the environment.
    How slixmpp 1.8 looks for a service fails on Python 3.11, so it is helped."""
    juliet = await Person.login("juliet")
    juliet.register_plugin("xep_0363")
    juliet["xep_0363"].upload_service = await service(juliet)
    os.environ["SSL_CERT_FILE"] = CA
    link = await juliet["xep_0363"].upload_file(NAME, size=len(CONTENT), input_file=io.BytesIO(CONTENT))
    assert link.endswith("/a%20ros%C3%A9.bin"), link
    await juliet.say(ROMEO, link)
    await juliet.logout()


async def service(person):
    """The item of the host that is a store of files (XEP-0363 #disco)."""
    items = await person["xep_0030"].get_items(DOMAIN)
    for jid, _, _ in items["disco_items"]["items"]:
        info = await person["xep_0030"].get_info(jid)
        if any(i[:2] == ("store", "file") for i in info["disco_info"]["identities"]):
            return jid
    raise AssertionError(items)


async def by_sendxmpp():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, NAME)
        with open(path, "wb") as file:
            file.write(CONTENT)
        await Command("juliet").run("", "--http-upload", path, ROMEO)


async def download(romeo, number):
    """The message of that number is a link to the file."""
    await romeo.until("link", lambda: len(romeo.inbox) >= number)
    trust = ssl.create_default_context(cafile=CA)
    async with aiohttp.ClientSession() as session, session.get(romeo.inbox[-1], ssl=trust) as answer:
        assert answer.status == 200, answer
        assert await answer.read() == CONTENT
        assert answer.headers["X-Content-Type-Options"] == "nosniff", answer.headers


async def main():
    romeo = await Person.login("romeo")
    await by_slixmpp()
    await download(romeo, 1)
    ok("slixmpp")
    await by_sendxmpp()
    await download(romeo, 2)
    ok("sendxmpp")
    await romeo.logout()


if __name__ == "__main__":
    asyncio.run(main())
