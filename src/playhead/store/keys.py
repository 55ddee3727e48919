"""Short keys of long texts."""

from hashlib import blake2b
from typing import Final

PERSON_KEY: Final = "left(sha256(person), 32)::UUID"
"""
SQL: 128 bits of a person's id, by which persons are told apart (decision 0087); NULL of nobody.

Of a billion persons two share a key with a probability of 1e-21: no text is compared beside it.
"""


def short_key(text: str) -> int:
    """
    64 bits of a text, the same for ever: what the tables are searched by, beside the text itself (decision 0050).

    Two texts may share a key: whoever searches by key compares the text too.
    """
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
