"""What a player can say. Frozen values without behaviour; names are those of the protocol."""
