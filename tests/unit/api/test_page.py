"""The page of the OpenAPI document."""

import re
from html.parser import HTMLParser

from api_world import World
from playhead.api.page import page_of
from playhead.api.problems import KINDS
from playhead.wire.refusals import Refusal


class Tags(HTMLParser):
    """Collects the start tags of a page, and checks that they are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One more."""
        self.seen.append((tag, dict(attrs)))
        if tag not in {"meta", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """The last one."""
        assert tag == self.open.pop()


def tags_of(page: str) -> list[tuple[str, dict[str, str | None]]]:
    """Start tags of a well-formed page."""
    parser = Tags()
    parser.feed(page)
    assert parser.open == []
    return parser.seen


def test_it_loads_nothing_from_elsewhere(world: World) -> None:
    """One style sheet and one icon of ours, no script, no inline style: it works under the strict policy it is sent with."""
    response = world.client.get("/api/v1/docs")
    tags = tags_of(response.text)
    loaded = [
        attrs.get("href") or attrs.get("src") for tag, attrs in tags if tag in {"link", "script", "img", "iframe"}
    ]
    assert loaded == ["/favicon.svg", "/api/v1/docs.css"]
    assert not any("style" in attrs for _, attrs in tags)
    assert "https://" not in response.text
    assert "default-src 'self'" in response.headers["content-security-policy"]
    assert world.client.get("/api/v1/docs.css").headers["content-type"].startswith("text/css")


def test_it_shows_every_route_and_problem(world: World) -> None:
    """Each operation, each kind of problem and each refusal of the collector has a place that can be linked to, and every link leads somewhere."""
    document = world.get("/api/v1/openapi.json")
    tags = tags_of(world.client.get("/api/v1/docs").text)
    ids = {attrs["id"] for _, attrs in tags if "id" in attrs}
    assert {f"{method}{path}" for path, item in document["paths"].items() for method in item} <= ids
    assert {kind.name for kind in KINDS.values()} <= ids
    assert {*Refusal, "refusals", "reasons"} <= ids
    links = [attrs["href"] for tag, attrs in tags if tag == "a"]
    assert {link.removeprefix("#") for link in links if link and link.startswith("#")} <= ids


def test_the_type_of_a_problem_is_a_link_to_its_place(world: World) -> None:
    """A problem's `type` leads to where it is explained."""
    page, anchor = world.client.get("/nowhere").json()["type"].split("#")
    assert re.search(f"id=['\"]{anchor}['\"]", world.client.get(page).text)


def test_texts_are_escaped() -> None:
    """A text of the document cannot become markup."""
    evil = "<script>alert('x')</script>"
    document = {
        "info": {"title": evil, "version": evil, "description": evil},
        "paths": {
            f"/{evil}": {
                "get": {
                    "tags": [evil],
                    "summary": evil,
                    "description": evil,
                    "responses": {evil: {"description": evil}},
                }
            }
        },
        "components": {
            "schemas": {evil: {"description": evil, "properties": {evil: {"enum": [evil], "description": evil}}}}
        },
    }
    page = page_of(document)
    assert "<script" not in page
    assert "script" not in [tag for tag, _ in tags_of(page)]
