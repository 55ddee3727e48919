/** First steps on a server without sessions: commands that work when they are pasted. */
import { getDatastreams } from "../api.ts";
import { useLive } from "../live.ts";
import { place } from "../place.ts";
import { CopyButton, Problem, Skeleton } from "./basics.tsx";

/** Where players reach the collector, as far as is known here. */
export const collectorUrl = (): string => place.value?.collectorUrl ?? `${location.protocol}//${location.hostname}:8080`;

/** The command that starts a session. */
export const startCommand = (datastream: string): string =>
  [
    `curl -X POST '${collectorUrl()}/ee/va/v1/sessionStart?configId=${datastream}' \\`,
    "  -H 'content-type: application/json' -d '{",
    '  "events": [{"xdm": {"eventType": "media.sessionStart", "mediaCollection": {"playhead": 0,',
    '    "sessionDetails": {"name": "first-video", "playerName": "curl", "channel": "test",',
    '      "contentType": "vod", "length": 60}}}}]}\'',
  ].join("\n");

/** The command that sends simulated viewers. */
export const simulateCommand = (datastream: string): string =>
  `playhead simulate --target ${collectorUrl()} --datastream ${datastream} --viewers 200 --speed 60`;

export function Command({ text, label }: { text: string; label: string }) {
  return (
    <div class="json command">
      <CopyButton text={text} label={label} />
      <pre tabIndex={0}>{text}</pre>
    </div>
  );
}

/** `seen` says where a first session will be seen. */
export function NoSessionsYet({ seen }: { seen: string }) {
  const { data, error } = useLive("datastreams", (signal) => getDatastreams(signal));
  if (error) return <Problem error={error} title="The datastreams could not be loaded" />;
  if (!data) return <Skeleton lines={5} label="Loading the first step" />;
  const id = data.items.find((datastream) => datastream.enabled)?.id;
  if (!id)
    return (
      <div class="empty">
        <h2>No sessions yet, and no datastream to send them to</h2>
        <p>
          Make one with <code class="mono">playhead datastream create</code>; the command to send a first session then stands here.
        </p>
      </div>
    );
  return (
    <div class="empty">
      <h2>No sessions yet</h2>
      <p>Start one from a terminal. {seen}</p>
      <Command text={startCommand(id)} label="Copy the command" />
      <p>Or send a crowd of simulated viewers:</p>
      <Command text={simulateCommand(id)} label="Copy the command for simulated viewers" />
      {place.value?.demo && (
        <p>
          Or <a href="/demo">play the demo video</a>, which is instrumented with the Web SDK.
        </p>
      )}
    </div>
  );
}
