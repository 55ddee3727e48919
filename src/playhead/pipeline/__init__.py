"""The loop: read the journal, decode, fold, write, and tell the doors what closed."""
