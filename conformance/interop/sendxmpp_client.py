"""go-sendxmpp as juliet: one process listens, and each thing said is a process
of its own. Romeo is slixmpp.

It knows neither roster nor presence of others, so stanzas are given to it raw,
and what the server answers is read from its debug output. Debian's version
(0.5.6) cannot do SCRAM: it logs in with PLAIN inside verified TLS.
"""

import asyncio
import os
import re

from slixmpp_client import Person as Romeo
from story import play
from transcript import CA, DOMAIN, HOST, PASSWORD, PORT, WRONG_CA, until


async def spawn(name, ca, *args):
    """Starts go-sendxmpp. Go programs take SSL_CERT_FILE as their only roots."""
    return await asyncio.create_subprocess_exec(
        "go-sendxmpp", "--username", f"{name}@{DOMAIN}", "--password", PASSWORD,
        "--jserver", f"{HOST}:{PORT}", *args,
        env=os.environ | {"SSL_CERT_FILE": ca, "SSL_CERT_DIR": "/nonexistent"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


class Person:
    mechanism = "PLAIN"
    kept = None  # not told

    def __init__(self, name):
        self.name = name
        self.inbox = []
        self.xml = ""  # everything the server said to the listener
        self.news = asyncio.Event()

    @classmethod
    async def refused(cls, name):
        process = await spawn(name, WRONG_CA, f"romeo@{DOMAIN}")
        _, err = await process.communicate(b"not to be sent")
        assert process.returncode != 0 and b"certificate signed by unknown authority" in err, err

    @classmethod
    async def login(cls, name):
        person = cls(name)
        person.process = await spawn(name, CA, "--debug", "--listen")
        person.readers = asyncio.gather(person._read_stdout(), person._read_stderr())
        bound = f"<jid>{name}@{DOMAIN}/"
        await person.until("login", lambda: bound in person.xml)
        return person

    async def logout(self):
        self.process.terminate()
        await self.process.wait()
        await self.readers

    async def until(self, what, happened):
        await until(f"{self.name}: {what}", happened, self.news)

    async def run(self, text, *args):
        process = await spawn(self.name, CA, *args)
        _, err = await process.communicate(text.encode())
        assert process.returncode == 0, err

    async def befriend(self, jid):
        await self.run(
            "<iq type='set' id='add'><query xmlns='jabber:iq:roster'>"
            f"<item jid='{jid}' name='Romeo'/></query></iq>"
            f"<presence type='subscribed' to='{jid}'/>"
            f"<presence type='subscribe' to='{jid}'/>",
            "--raw",
        )

    async def subscribed(self, jid):
        """Only the peer's roster tells; the story asks there too."""

    async def sees(self, jid, show=None):
        start = rf"<presence(?![^>]* type=)[^>]* from=['\"]{jid}/[^>]*>"
        there = re.compile(start + (f".*?<show>{show}<" if show else ""), re.DOTALL)
        await self.until(f"{jid} there, {show}", lambda: there.search(self.xml))

    async def say(self, jid, body):
        await self.run(body, jid)

    async def receives(self, body):
        await self.until(f"message {body!r}", lambda: body in self.inbox)

    async def _read_stdout(self):
        """Lines are: time stamp, sender, colon, body."""
        async for line in self.process.stdout:
            self.inbox.append(line.decode().rstrip().split(": ", 1)[1])
            self.news.set()

    async def _read_stderr(self):
        while data := await self.process.stderr.read(4096):
            self.xml += data.decode()
            self.news.set()


if __name__ == "__main__":
    asyncio.run(play(Romeo, Person))
