/** The time zone that days begin and times are shown in. */
import { useMemo } from "preact/hooks";
import { chooseZone, zone } from "../view.ts";
import { zones } from "../zones.ts";

export function ZoneChoice() {
  const chosen = zone.value;
  const all = useMemo(zones, []);
  return (
    <label class="zone foldable">
      <span>Time zone</span>
      <select value={chosen} onChange={(event) => chooseZone(event.currentTarget.value)}>
        {!all.includes(chosen) && <option value={chosen}>{chosen}</option>}
        {all.map((name) => (
          <option key={name} value={name}>
            {name.replaceAll("_", " ")}
          </option>
        ))}
      </select>
    </label>
  );
}
