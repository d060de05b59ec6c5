"""What a script shares with the Go driver: its settings and the transcript.

A script prints "ok STEP" when it has seen a step work, and RESTART when the
server is to be stopped and started again; the driver answers GO. It ends with
status 0, or says on stderr what it waited for in vain.
"""

import asyncio
import os
import sys

HOST = os.environ["INTEROP_HOST"]
PORT = int(os.environ["INTEROP_PORT"])
DOMAIN = os.environ["INTEROP_DOMAIN"]
PASSWORD = os.environ["INTEROP_PASSWORD"]
CA = os.environ["INTEROP_CA"]
WRONG_CA = os.environ["INTEROP_WRONG_CA"]

ROMEO = "romeo@" + DOMAIN
JULIET = "juliet@" + DOMAIN

LIMIT = 15  # seconds that any one thing may take


def ok(step, detail=""):
    print("ok", step, detail, flush=True)


async def restart():
    """Has the server restarted; returns when it is ready again."""
    print("RESTART", flush=True)
    answer = await asyncio.to_thread(sys.stdin.readline)
    assert answer.strip() == "GO", answer


async def until(what, happened, news=None):
    """Waits until happened() holds, asked after each news (an asyncio.Event).

    Without news it is asked five times a second: for what cannot tell us,
    such as a screen.
    """
    try:
        async with asyncio.timeout(LIMIT):
            while not happened():
                if news is None:
                    await asyncio.sleep(0.2)
                else:
                    news.clear()
                    await news.wait()
    except TimeoutError:
        raise SystemExit(f"waited in vain: {what}") from None
