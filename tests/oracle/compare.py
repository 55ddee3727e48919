"""Rows as the oracle and the engine can be compared by, for failures that can be read."""

from typing import Any

from oracle.rows import plain


def shown(rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Rows by what they are about; metadata in no order."""
    found = {}
    for xdm in rows.values():
        row = {name: value for name, value in xdm.items() if name not in {"implementationDetails", "environment"}}
        row["identityMap"] = plain(row.get("identityMap", {}))
        reporting = dict(row["mediaReporting"])
        if "customMetadata" in reporting:
            reporting["customMetadata"] = sorted(reporting["customMetadata"], key=lambda one: str(one["name"]))
        found[f"{row['eventType']} {row['_id']}"] = {**row, "mediaReporting": reporting}
    return found
