"""Settings of a collector have the documented defaults."""

from playhead.collector.config import CollectorConfig


def test_defaults_are_those_of_the_protocol() -> None:
    """protocol.md 3.1, 4.6, C16: both bases, 64 KiB, at least 1 MiB for downloads, success after an end."""
    config = CollectorConfig()
    assert config.base_paths == ("ee", "ee-pre-prd")
    assert config.max_body_bytes == 65_536
    assert config.max_body_bytes_downloaded >= 1_048_576
    assert config.ended_session_status == 204
    assert config.allowed_origins == ()
