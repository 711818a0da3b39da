"""The pages about targets, each main path and what goes wrong on it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from expunge.errors import UnknownTarget
from expunge.gateway.console.targets import facts_of
from expunge.types import Fact, Target, TargetKind, TargetStatus
from tests.gateway.console.conftest import Browser, Gateway, Opening, text_of

NEW = "/console/targets/new"
LIST = "/console/targets"


async def added(browser: Browser, **fields: str) -> str:
    response = await browser.send(NEW, NEW, **fields)
    assert response.status_code == 303, text_of(response.text)
    return str(response.headers["location"])


async def test_a_target_is_added_with_all_that_the_form_holds(browse: Opening, gateway: Gateway) -> None:
    browser = await browse()
    path = await added(
        browser,
        name="Orla Quennell",
        kind="entity",
        aliases="The Keeper\r\n\r\n  O. Quennell ",
        facts="Orla Quennell kept the lighthouse of Skelwith.\nWho built the pier? Orla Quennell did.",
        description="A lighthouse keeper",
        request_id="case-7",
        due="2031-05-01",
        expires="2040-01-01",
        reason="Asked for",
    )
    target = gateway.registry.get("Orla Quennell")
    assert path == f"/console/targets/{target.id}"
    assert target.aliases == ("The Keeper", "O. Quennell")
    assert target.facts == (
        Fact("Orla Quennell kept the lighthouse of Skelwith."),
        Fact("Orla Quennell did.", "Who built the pier?"),
    )
    assert (target.description, target.request_id, target.reason) == ("A lighthouse keeper", "case-7", "Asked for")
    assert target.due_at == datetime(2031, 5, 1, 23, 59, 59, tzinfo=UTC)
    assert target.expires_at == datetime(2040, 1, 1, tzinfo=UTC)
    page = text_of((await browser.get(path)).text)
    for shown in (
        "In force now.",
        "Orla Quennell",
        "The Keeper",
        "Who built the pier?",
        "case-7",
        "1 May 2031",
        "Added",
    ):
        assert shown in page
    assert "In force now." not in text_of((await browser.get(path)).text)


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"name": ""}, 422, "The name is empty"),
        ({"name": "--"}, 422, "no letters or digits"),
        ({"name": "Orla Quennell", "expires": "soon"}, 422, "must be a date"),
        ({"name": "Orla Quennell", "expires": "2001-01-01"}, 422, "in the past"),
        ({"name": "Orla Quennell", "due": "2031-13-01"}, 422, "must be a date"),
        ({"name": "Orla Quennell", "description": "x" * 4_001}, 422, "4,000 characters"),
    ],
)
async def test_what_is_wrong_with_a_form_is_said_and_nothing_is_lost(
    browse: Opening, gateway: Gateway, fields: dict[str, str], status: int, sentence: str
) -> None:
    browser = await browse()
    response = await browser.send(NEW, NEW, aliases="The Keeper", kind="topic", **fields)
    assert response.status_code == status
    assert sentence in text_of(response.text)
    assert "The Keeper</textarea>" in response.text
    assert 'value="topic" checked' in response.text
    assert not gateway.registry.list()


async def test_a_name_in_force_leads_to_its_target(browse: Opening, gateway: Gateway) -> None:
    browser = await browse(targets=[Target("Orla Quennell")])
    known = gateway.registry.get("Orla Quennell")
    response = await browser.send(NEW, NEW, name="orla quennell")
    assert response.status_code == 409
    assert f'href="/console/targets/{known.id}"' in response.text


async def test_what_it_would_touch_is_seen_before_it_is_registered(browse: Opening, gateway: Gateway) -> None:
    browser = await browse()
    response = await browser.send(NEW, NEW, name="Water", look="1")
    assert "everyday word" in text_of(response.text)
    assert "Nothing is registered yet" in text_of(response.text)
    quiet = await browser.send(NEW, NEW, name="Orla Quennell", look="1")
    assert "ordinary questions names it" in text_of(quiet.text)
    assert not gateway.registry.list()


async def test_texts_are_escaped(browse: Opening, gateway: Gateway) -> None:
    bad = '<script>alert("x")</script> Quennell'
    browser = await browse(targets=[Target(bad, aliases=[bad + "2"], facts=[bad], description=bad, reason=bad)])
    for path in (LIST, f"/console/targets/{gateway.registry.get(bad).id}"):
        page = (await browser.get(path)).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


async def test_the_list_is_narrowed(browse: Opening, gateway: Gateway) -> None:
    soon = datetime.now(UTC) + timedelta(days=3)
    browser = await browse(
        targets=[
            Target("Orla Quennell", due_at=soon),
            Target("Tobin Ashgrove", expires_at=soon),
            Target("Imre Vadasz", facts=[Fact("Imre Vadasz baked.", elicited=True)]),
            Target("Petra Lind"),
        ]
    )
    gateway.registry.restore("Petra Lind")
    for show, names in {
        "active": ["Imre Vadasz", "Tobin Ashgrove", "Orla Quennell"],
        "due": ["Orla Quennell"],
        "expiring": ["Tobin Ashgrove"],
        "unconfirmed": ["Imre Vadasz"],
        "lifted": ["Petra Lind"],
        "expired": [],
        "all": ["Petra Lind", "Imre Vadasz", "Tobin Ashgrove", "Orla Quennell"],
        "unknown": ["Imre Vadasz", "Tobin Ashgrove", "Orla Quennell"],
    }.items():
        page = (await browser.get(f"{LIST}?show={show}")).text
        assert re.findall(r'<th scope="row"><a [^>]*>([^<]*)</a>', page) == names, show


async def test_the_list_is_paged(browse: Opening) -> None:
    browser = await browse(targets=[Target(f"Person {number:03}") for number in range(120)])
    path, seen = LIST, []
    for _ in range(5):
        page = (await browser.get(path)).text
        seen += re.findall(r">(Person \d+)</a>", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if following is None:
            break
        path = following[1].replace("&amp;", "&")
    assert seen == [f"Person {number:03}" for number in range(119, -1, -1)]


async def test_a_search_names_nobody_in_its_address(browse: Opening, gateway: Gateway) -> None:
    browser = await browse(targets=[Target("Orla Quennell", ["The Keeper"]), Target("Tobin Ashgrove")])
    gateway.registry.restore("Tobin Ashgrove")
    found = await browser.send(LIST, f"{LIST}/search", q="keeper")
    assert "Orla Quennell" in found.text
    assert str(found.url) == "http://gateway/console/targets/search"
    assert "Nobody in force" in (await browser.send(LIST, f"{LIST}/search", q="ashgro")).text
    assert "Tobin Ashgrove" in (await browser.send(LIST, f"{LIST}/search", q="tobin ashgrove")).text
    assert "Orla Quennell" in (await browser.send(LIST, f"{LIST}/search", q="")).text
    part = await browser.client.post(
        f"{LIST}/search",
        data={"q": "keeper", "csrf": re.findall(r'csrf" value="([^"]+)"', found.text)[0]},
        headers={"hx-request": "true"},
    )
    assert part.text.startswith('<div id="rows"')
    assert "<html" not in part.text


async def test_a_search_is_paged(browse: Opening) -> None:
    browser = await browse(targets=[Target(f"Person {number:03}") for number in range(60)])
    first = await browser.send(LIST, f"{LIST}/search", q="person")
    after = re.search(r'name="after" value="([^"]+)"', first.text)
    assert after
    second = await browser.send(LIST, f"{LIST}/search", q="person", after=after[1])
    names = [re.findall(r">(Person \d+)</a>", page.text) for page in (first, second)]
    assert [len(some) for some in names] == [50, 10]
    assert len({*names[0], *names[1]}) == 60


async def test_a_target_is_changed(browse: Opening, gateway: Gateway) -> None:
    end = datetime(2040, 1, 1, 15, 30, tzinfo=UTC)
    browser = await browse(targets=[Target("Orla Quennell", ["The Keeper"], reason="Asked for", expires_at=end)])
    target = gateway.registry.get("Orla Quennell")
    path = f"/console/targets/{target.id}"
    fields = {"reason": "Asked for", "request_id": "case-9", "expires": "2040-01-01", "revision": str(target.revision)}
    response = await browser.send(path, path, aliases="O. Quennell", facts="She rowed.", **fields)
    assert "Saved." in await browser.follow(response)
    changed = gateway.registry.get(target.id)
    assert changed.aliases == ("The Keeper", "O. Quennell")
    assert changed.facts == (Fact("She rowed."),)
    assert changed.expires_at == end, "a date that was not touched must not move the time"
    assert gateway.registry.history(target.id)[-1].reason == ""
    fields |= {"expires": "", "revision": str(changed.revision)}
    await browser.send(path, path, **fields)
    assert gateway.registry.get(target.id).expires_at is None


async def test_two_browsers_do_not_undo_each_other(browse: Opening, gateway: Gateway) -> None:
    first, second = await browse(targets=[Target("Orla Quennell")]), await browse()
    target = gateway.registry.get("Orla Quennell")
    path, fields = f"/console/targets/{target.id}", {"revision": str(target.revision)}
    assert (await first.send(path, path, description="A keeper", **fields)).status_code == 303
    response = await second.send(path, path, description="A baker", **fields)
    assert response.status_code == 412
    assert "was changed since" in text_of(response.text)
    assert gateway.registry.get(target.id).description == "A keeper"
    for what in ("lift", "remove"):
        late = await second.send(path, f"{path}/{what}", name="Orla Quennell", **fields)
        assert late.status_code == 412
    assert gateway.registry.get(target.id).status is TargetStatus.ACTIVE


async def test_facts_are_confirmed_and_dropped(browse: Opening, gateway: Gateway) -> None:
    told = [Fact(f"She did {what}.", elicited=True) for what in ("this", "that", "more")]
    browser = await browse(targets=[Target("Orla Quennell", facts=told)])
    target = gateway.registry.get("Orla Quennell")
    path = f"/console/targets/{target.id}"

    async def send(do: str, *facts: str) -> str:
        revision = str(gateway.registry.get(target.id).revision)
        answer = await browser.send(path, f"{path}/facts", do=do, fact=list(facts), revision=revision)
        return await browser.follow(answer) if answer.status_code == 303 else text_of(answer.text)

    assert "1 fact confirmed." in await send("confirm", "She did this.")
    assert "1 fact dropped." in await send("drop", "She did that.")
    assert "No fact is ticked" in await send("confirm")
    assert "no unconfirmed fact" in await send("confirm", "She never did.")
    assert gateway.registry.get(target.id).facts == (Fact("She did this."), told[2])


async def test_a_target_is_lifted_and_put_back(browse: Opening, gateway: Gateway) -> None:
    browser = await browse(targets=[Target("Orla Quennell", facts=["She rowed."])])
    target = gateway.registry.get("Orla Quennell")
    path = f"/console/targets/{target.id}"
    assert "Lift Orla Quennell" in text_of((await browser.get(f"{path}/lift")).text)
    assert "Lifted" in await browser.follow(await browser.send(f"{path}/lift", f"{path}/lift", reason="Withdrawn"))
    assert gateway.registry.get(target.id).status is TargetStatus.LIFTED
    assert gateway.registry.history(target.id)[-1].reason == "Withdrawn"
    assert "In force again" in await browser.follow(await browser.send(path, f"{path}/reactivate"))
    back = gateway.registry.get(target.id)
    assert (back.status, back.facts) == (TargetStatus.ACTIVE, (Fact("She rowed."),))
    assert "already" in await browser.follow(await browser.send(path, f"{path}/reactivate"))


async def test_a_target_is_removed_by_its_name(browse: Opening, gateway: Gateway) -> None:
    browser = await browse(targets=[Target("Orla Quennell")])
    target = gateway.registry.get("Orla Quennell")
    path = f"/console/targets/{target.id}"
    for wrong in ("", "orla quennell", "Orla", "Tobin Ashgrove"):
        response = await browser.send(f"{path}/remove", f"{path}/remove", name=wrong)
        assert response.status_code == 422
        assert gateway.registry.get(target.id)
    done = await browser.send(f"{path}/remove", f"{path}/remove", name=" Orla  Quennell ")
    assert "Removed for good" in await browser.follow(done)
    with pytest.raises(UnknownTarget):
        gateway.registry.get(target.id)
    assert (await browser.get(path)).status_code == 404


async def test_changes_are_in_the_log_as_the_visitors(browse: Opening, gateway: Gateway) -> None:
    browser = await browse(None)
    key, secret = gateway.registry.api_keys.create("default", ["admin"])
    await browser.sign_in(secret)
    await added(browser, name="Orla Quennell")
    with gateway.registry._vault.reading() as (connection, _):
        bodies = connection.exec_driver_sql("SELECT body FROM audit WHERE kind = 'change'").scalars().all()
    assert [key.id.encode() in body for body in bodies] == [True]


@pytest.mark.parametrize(
    ("line", "kind", "fact"),
    [
        ("She rowed.", "entity", Fact("She rowed.")),
        ("Who rowed? She did.", "entity", Fact("She did.", "Who rowed?")),
        ("誰が漕いだ？彼女です", "entity", Fact("彼女です", "誰が漕いだ？")),
        ("Who rowed?", "entity", Fact("Who rowed?")),
        ("من جدّف؟ هي", "entity", Fact("هي", "من جدّف؟")),
        ("Her page is example.org/?id=7 now.", "entity", Fact("Her page is example.org/?id=7 now.")),
        ("? ", "entity", Fact("? ")),
        ("How is it made? And why?", "topic", Fact("How is it made? And why?")),
    ],
)
def test_facts_as_people_write_them(line: str, kind: str, fact: Fact) -> None:
    assert facts_of([line], TargetKind(kind)) == [fact]
