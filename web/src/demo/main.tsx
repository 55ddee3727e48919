/** The demo: a player that speaks to the collector through the Web SDK, and beside it the session it makes. */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import "../styles/all.css";
import { type DemoTarget, getSessions } from "../api.ts";
import { startLive, useLive } from "../live.ts";
import { Problem, Skeleton } from "../parts/basics.tsx";
import { learnPlace } from "../place.ts";
import { Frame } from "../parts/frame.tsx";
import { sessionPath } from "../router.ts";
import { SessionView } from "../session/view.tsx";
import { Player } from "./player.tsx";
import routeSource from "./route.ts?raw";
import { calls, startSdk } from "./sdk.ts";
import { CONTENT, failure, sessionId } from "./tracking.ts";

function Calls() {
  return (
    <section class="card" aria-labelledby="calls-title">
      <header>
        <h2 id="calls-title">Requests of the SDK</h2>
        <p>Newest first.</p>
      </header>
      {calls.value.length === 0 ? (
        <p class="none">None yet. Press play.</p>
      ) : (
        <ol class="calls" tabIndex={0} aria-label="Requests">
          {calls.value.map((call, n) => (
            <li key={calls.value.length - n}>
              <span class="mono">{call.path}</span>
              <span class={call.status && call.status >= 400 ? "number bad" : "number"}>{call.status ?? "…"}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function How({ config }: { config: DemoTarget }) {
  return (
    <section class="card" aria-labelledby="how-title">
      <header>
        <h2 id="how-title">How it is connected</h2>
      </header>
      <dl class="facts connection">
        <div>
          <dt>SDK</dt>
          <dd>alloy {ALLOY_VERSION}, as published</dd>
        </div>
        <div>
          <dt>Collector</dt>
          <dd class="mono">{config.collectorUrl}</dd>
        </div>
        <div>
          <dt>Datastream</dt>
          <dd class="mono wrap">{config.datastreamId}</dd>
        </div>
        <div>
          <dt>Organisation</dt>
          <dd class="mono wrap">{config.orgId}</dd>
        </div>
      </dl>
      <div class="json">
        <pre tabIndex={0}>{routeSource.trim()}</pre>
      </div>
    </section>
  );
}

function LiveSession() {
  const id = sessionId.value;
  if (!id)
    return (
      <div class="waiting card">
        <h2>The session appears here</h2>
        <p class="muted">
          Press play. Pause, seek, mute, go full screen, skip an ad: each is an event, and the numbers follow within two seconds.
        </p>
      </div>
    );
  return (
    <>
      <p class="own-page">
        <a href={sessionPath(id)}>Open this session on its own page</a>
      </p>
      <Awaited key={id} id={id} />
    </>
  );
}

/** A session that was started just now, once the console knows it. */
function Awaited({ id }: { id: string }) {
  const [there, setThere] = useState(false);
  const { data } = useLive(`await ${id}`, (signal) => getSessions({ content: CONTENT.name }, null, signal));
  useEffect(() => {
    if (data?.items.some((session) => session.id === id)) setThere(true);
  }, [data]);
  return there ? <SessionView id={id} level={2} /> : <Skeleton lines={8} label="Waiting for the session" />;
}

function Demo() {
  const [config, setConfig] = useState<DemoTarget | null>(null);
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    learnPlace()
      .then(async ({ demo }) => {
        if (!demo) throw new Error("This server has no demo. `playhead demo` starts one.");
        await startSdk(demo);
        setConfig(demo);
      })
      .catch((reason: unknown) =>
        setError(reason instanceof Error ? reason : new Error("The SDK could not be loaded. Reload the page.")),
      );
  }, []);
  return (
    <Frame here="/demo">
      <div class="heading">
        <h1>Demo player</h1>
        <p class="muted">A short film with two chapters and a break of two ads, instrumented with the Web SDK.</p>
      </div>
      {error && <Problem error={error} title="The demo cannot run" />}
      <div class="demo">
        <div class="stack">
          {config ? <Player /> : <div class="screen" />}
          {failure.value && <Problem error={new Error(failure.value)} title="The SDK could not send an event" />}
          <Calls />
          {config && <How config={config} />}
        </div>
        <div class="stack">
          <LiveSession />
        </div>
      </div>
    </Frame>
  );
}

startLive();
render(<Demo />, document.getElementById("app") as HTMLElement);
