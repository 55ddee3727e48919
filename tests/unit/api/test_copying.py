"""The copy of the store."""

from api_world import World


def test_the_copy_is_what_the_store_gives(world: World) -> None:
    """In pieces, as bytes."""
    response = world.client.get("/api/v1/store/copy")
    assert (200, b"acopy") == (response.status_code, response.content)
    assert "application/octet-stream" == response.headers["content-type"]


def test_it_takes_no_parameters(world: World) -> None:
    """As no route takes what it does not have."""
    assert world.client.get("/api/v1/store/copy?table=event").status_code == 400
