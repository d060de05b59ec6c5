"""profanity as juliet, driven as a person would: keys are typed into a terminal
(tmux), its console window and its chat log are read. Romeo is slixmpp."""

import asyncio
import atexit
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from slixmpp_client import Person as Romeo
from story import play
from transcript import CA, DOMAIN, HOST, PASSWORD, PORT, WRONG_CA, until

PROFRC = """
[ui]
splash=false
history=false
statuses.console=all
[logging]
chlog=true
[connection]
reconnect=0
"""


class Person:
    """One login: a new profanity with a new home, so that what its window and
    its log show belongs to this login."""

    kept = None  # not told

    def __init__(self, name, ca):
        self.jid = f"{name}@{DOMAIN}"
        self.ca = ca
        self.home = Path(tempfile.mkdtemp(prefix="profanity-"))
        atexit.register(self.end)
        config = self.home / "config" / "profanity"
        config.mkdir(parents=True)
        (config / "profrc").write_text(PROFRC)

    @classmethod
    async def refused(cls, name):
        person = cls(name, WRONG_CA)
        await person.connect()
        await person.shows("Use '/tls allow' to accept this certificate")
        person.type("/tls deny")
        await person.shows("Login failed")
        assert "<auth " not in person.log(), "spoke before TLS was good"

    @classmethod
    async def login(cls, name):
        person = cls(name, CA)
        await person.connect()
        await person.shows("logged in successfully")
        assert person.mechanism.startswith("SCRAM-"), person.mechanism
        return person

    async def logout(self):
        self.type("/quit")
        await until("profanity ends", lambda: self.tmux("has-session").returncode != 0)

    async def connect(self):
        """OpenSSL takes SSL_CERT_FILE as the only authorities."""
        settings = {
            "SSL_CERT_FILE": self.ca,
            "SSL_CERT_DIR": "/nonexistent",
            "XDG_CONFIG_HOME": f"{self.home}/config",
            "XDG_DATA_HOME": f"{self.home}/data",
            "HOME": f"{self.home}",
        }
        size = ("-x", "200", "-y", "200")  # nothing scrolls away
        profanity = f"profanity --log DEBUG --logfile {self.home}/log"
        started = self.tmux("-f", "/dev/null", "new-session", "-d", *size, profanity, env=settings)
        assert started.returncode == 0, started.stderr
        await self.shows("Welcome to Profanity")
        self.type(f"/connect {self.jid} server {HOST} port {PORT} tls force")
        await self.shows("Enter password")
        self.type(PASSWORD)

    def end(self):
        self.tmux("kill-server")
        shutil.rmtree(self.home)

    def tmux(self, *args, env=None):
        command = ("tmux", "-S", f"{self.home}/tmux", *args)
        return subprocess.run(command, env=os.environ | (env or {}), capture_output=True, text=True)

    def type(self, line):
        self.tmux("send-keys", "-l", line)
        self.tmux("send-keys", "Enter")

    def screen(self):
        return self.tmux("capture-pane", "-p").stdout

    async def shows(self, pattern):
        try:
            await until(f"profanity shows {pattern!r}", lambda: re.search(pattern, self.screen()))
        except SystemExit:
            print(re.sub("\n+", "\n", self.screen()), file=sys.stderr)
            raise

    def log(self):
        return (self.home / "log").read_text()

    @property
    def mechanism(self):
        return re.search('<auth mechanism="([^"]+)"', self.log())[1]

    async def befriend(self, jid):
        self.type(f"/roster add {jid} {jid.split('@')[0].title()}")
        self.type(f"/sub request {jid}")
        self.type(f"/sub allow {jid}")
        await self.shows(f"Accepted subscription for {jid}")

    async def subscribed(self, jid):
        def both():
            self.type(f"/sub show {jid}")
            return f"{jid} subscription status: both" in self.screen()

        await until(f"subscription of {jid}", both)

    async def sees(self, jid, show="online|away"):
        """The roster beside the window has a heading for each show."""
        await self.shows(rf"(?i)\b({show}) \(\d+\).*\n.*Romeo")

    async def say(self, jid, body):
        self.type(f"/msg {jid} {body}")
        self.type("/win 1")

    async def receives(self, body):
        await until(f"message {body!r}", lambda: body in self.inbox)

    @property
    def inbox(self):
        """Lines of the chat log are: time stamp, dash, who, colon, body."""
        logs = self.home.glob("data/profanity/chatlogs/*/*/*.log")
        lines = [line for log in sorted(logs) for line in log.read_text().splitlines()]
        return [re.sub("^.*? - .*?: ", "", line) for line in lines if " - me: " not in line]


if __name__ == "__main__":
    asyncio.run(play(Romeo, Person))
