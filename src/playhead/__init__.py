"""Playhead: open, self-hosted media analytics that speaks the Media Edge API on the wire."""

__version__ = "0.1.0"
