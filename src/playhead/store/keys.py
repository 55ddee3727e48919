"""Short keys of long texts."""

from hashlib import blake2b


def short_key(text: str) -> int:
    """
    64 bits of a text, the same for ever: what the tables are searched by, beside the text itself (decision 0050).

    Two texts may share a key: whoever searches by key compares the text too.
    """
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
