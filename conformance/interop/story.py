"""The one story that every client plays: romeo and juliet meet, talk, miss each
other, and live through a restart of the server.

A client is a Person class: login(name) and refused(name) connect with the right
and with the wrong authority, the rest is named as in the story. Juliet is the
client under test; romeo is the same one, or slixmpp.
"""

from transcript import JULIET, ROMEO, ok, restart


async def play(Romeo, Juliet):
    await Juliet.refused("juliet")
    ok("refused")

    romeo, juliet = await Romeo.login("romeo"), await Juliet.login("juliet")
    ok("login", juliet.mechanism)

    await romeo.befriend(JULIET)
    await juliet.befriend(ROMEO)
    await romeo.subscribed(JULIET)
    await juliet.subscribed(ROMEO)
    ok("subscribe")

    await romeo.sees(JULIET)
    await juliet.sees(ROMEO)
    await romeo.rests()
    await juliet.sees(ROMEO, "away")
    ok("presence")

    await romeo.say(JULIET, "hello, Juliet")
    await juliet.receives("hello, Juliet")
    await juliet.say(ROMEO, "hello, <Romeo> & Ωmega")
    await romeo.receives("hello, <Romeo> & Ωmega")
    ok("chat")

    await leave(romeo, juliet, "while you were away")
    juliet = await come_back(romeo, Juliet)
    assert juliet.inbox == ["while you were away", "fence"], juliet.inbox
    assert juliet.kept in (None, ["while you were away"]), juliet.kept
    await leave(romeo, juliet)
    juliet = await come_back(romeo, Juliet)
    assert juliet.inbox == ["fence"], juliet.inbox
    ok("offline")

    await leave(romeo, juliet, "before the restart")
    await restart()
    romeo = await romeo.again()
    juliet = await come_back(romeo, Juliet)
    assert juliet.inbox == ["before the restart", "fence"], juliet.inbox
    await romeo.subscribed(JULIET)
    await juliet.subscribed(ROMEO)
    await juliet.sees(ROMEO)
    await juliet.say(ROMEO, "still here")
    await romeo.receives("still here")
    await juliet.logout()
    await romeo.misses(JULIET)
    await romeo.logout()
    ok("restart")


async def leave(romeo, juliet, *bodies):
    """Juliet leaves; romeo writes to her, and the server has taken it."""
    await juliet.logout()
    await romeo.misses(JULIET)
    for body in bodies:
        await romeo.say(JULIET, body)
    await romeo.synced()


async def come_back(romeo, Juliet):
    """Juliet logs in and reads up to a fence: whatever was kept for her comes
    before it, because one sender's messages arrive in order (RFC 6120 §10.1)."""
    juliet = await Juliet.login("juliet")
    await romeo.sees(JULIET)
    await romeo.say(JULIET, "fence")
    await juliet.receives("fence")
    return juliet
