"""The neighbours of the console."""

from api_world import World
from playhead.api.context import Context


def test_the_application_carries_its_neighbours(world: World) -> None:
    """Routes find what they work with on the application they are part of."""
    context = world.api.app.state.context
    assert isinstance(context, Context)
    assert (world.store, "1.2.3") == (context.store, context.version)
