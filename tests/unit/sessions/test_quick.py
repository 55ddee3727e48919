"""Quick stores."""

import gc

import msgspec

from playhead.sessions.quick import quick


@quick
class Plain(msgspec.Struct, gc=False, array_like=True):
    """One field."""

    x: object = 0


def test_a_quick_struct_is_a_struct() -> None:
    """It is set, encoded, decoded, compared, and of no interest to the collector of garbage."""
    one = Plain()
    one.x = [1]
    assert b"\x91\x91\x01" == msgspec.msgpack.encode(one)
    assert one == msgspec.msgpack.decode(b"\x91\x91\x01", type=Plain)
    assert not gc.is_tracked(one)


def test_its_attributes_are_set_the_plain_way() -> None:
    """Nothing stands between: what objects do is what it does."""
    assert object.__setattr__ is Plain.__setattr__
    one = Plain()
    object.__setattr__(one, "x", 2)  # for a type with a way of its own Python refuses this
    assert 2 == one.x
