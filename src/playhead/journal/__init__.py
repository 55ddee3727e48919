"""Durable append-only log of bytes; knows offsets, no meaning."""
