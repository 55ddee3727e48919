"""Bytes to events or to a refusal, and answers to bytes. Pure: no socket, disk, clock or dice."""
