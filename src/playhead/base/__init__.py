"""Words every floor shares: units, ids, limits, errors, settings, and the ports for clock and disk."""
