"""
The whole system in one thread from one seed: see docs/concepts/simulation.md.

`said` and `players` make up viewers and what they send; `faults` draws what goes wrong; `machines` holds collectors and
processor, real code on virtual disks and clocks; `world` lets time pass; `auditor` says from metrics.md and from what
was sent what must have come of it, and compares. `bugs` plants mistakes to see that they are found.

Law: nothing here asks a real clock, real dice or a real disk; equal seeds make equal traces on every machine.
"""
