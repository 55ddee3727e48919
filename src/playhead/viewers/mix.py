"""What the audience is like: shares of players and content, and how often things happen to them."""

from msgspec import Struct


class Mix(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Weights and factors, all >= 0.

    The first nine are shares (only their proportion counts): `web ios android roku` of players, `episodes films clips
    live podcasts` of viewings. All others are factors of how often something happens: 0 never, 1 as usual, 5 five times
    as often.
    """

    web: float = 50
    ios: float = 20
    android: float = 20
    roku: float = 10
    episodes: float = 40
    films: float = 10
    clips: float = 25
    live: float = 15
    podcasts: float = 10
    ads: float = 1
    pauses: float = 1
    seeks: float = 1
    buffering: float = 1
    stalls: float = 1
    bitrates: float = 1
    errors: float = 1
    states: float = 1
    leaving: float = 1
    vanishing: float = 1
    forgotten: float = 1
    """Tabs left paused for half an hour, which the server closes as stuck."""
    rates: float = 1
    """Watching at 1.25 to 2 times the speed."""
    retries: float = 1
    reordering: float = 1
    offline: float = 1
    """Phones without network: what they watched is flushed minutes or hours later."""
    downloads: float = 1
    refusals: float = 1
    """Requests that a broken player sends without a playhead."""


USUAL = Mix()
