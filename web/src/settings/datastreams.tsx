/** The list of datastreams, and the page of one. */
import { useState } from "preact/hooks";
import type { ApiProblem } from "../api.ts";
import { CopyButton, Card } from "../parts/basics.tsx";
import { collectorUrl, Command, startCommand } from "../parts/first.tsx";
import { EmptyState, PageHeading } from "../parts/reports.tsx";
import { DataTable } from "../parts/tables.tsx";
import { go } from "../router.ts";
import { changeDatastream, type DatastreamItem, type ServerSettings } from "./asked.ts";
import { Confirm } from "./confirm.tsx";
import { FIELDS } from "./fields.ts";
import { DatastreamForm } from "./form.tsx";

export const datastreamPath = (id: string): string => `/settings/datastreams/${encodeURIComponent(id)}`;

export function StateWords({ datastream: { enabled, media } }: { datastream: DatastreamItem }) {
  const words = !enabled ? "Disabled" : media ? "Enabled" : "Media off";
  return <span class={`badge ${enabled && media ? "" : "state-closed"}`}>{words}</span>;
}

const OWN_WORDS = 3;

/** What it does not follow the server in. */
function ownWords({ settings }: DatastreamItem): string {
  const words = Object.entries(settings).map(([name, value]) => {
    const field = FIELDS.find((one) => one.name === `settings.${name}`);
    return field ? `${field.label} ${typeof value === "boolean" ? (value ? "yes" : "no") : `${value} ${field.unit ?? ""}`.trim()}` : name;
  });
  return words.slice(0, OWN_WORDS).join(", ") + (words.length > OWN_WORDS ? ` and ${words.length - OWN_WORDS} more` : "");
}

export function Datastreams({ datastreams }: { datastreams: DatastreamItem[] }) {
  return (
    <Card id="datastreams" title="Datastreams" note="What players name as configId. Changes are followed within about a second, without a restart.">
      {datastreams.length === 0 ? (
        <EmptyState title="There is none">
          <p class="muted">Players need one to send to.</p>
        </EmptyState>
      ) : (
        <DataTable
          label="Datastreams"
          columns={[
            { id: "name", name: "Name" },
            { id: "id", name: "ID" },
            { id: "state", name: "State" },
            { id: "origins", name: "Allowed origins" },
            { id: "own", name: "Own settings" },
          ]}
          rows={datastreams.map((one) => [
            <a href={datastreamPath(one.id)}>{one.name}</a>,
            <span class="with-copy">
              <code class="mono">{one.id}</code> <CopyButton text={one.id} label={`Copy the ID ${one.id}`} />
            </span>,
            <StateWords datastream={one} />,
            one.allowedOrigins.length ? one.allowedOrigins.join(", ") : "every one",
            ownWords(one) || <span class="muted">the server's</span>,
          ])}
        />
      )}
      <p class="card-foot">
        <a class="button" href="/settings/new">
          New datastream
        </a>
        <span class="muted">
          or <code class="mono">playhead datastream create</code> in a terminal
        </span>
      </p>
    </Card>
  );
}

/** What a player is configured with. */
function Connect({ datastream: { id, orgId } }: { datastream: DatastreamItem }) {
  const host = new URL(collectorUrl()).hostname;
  const alloy = ['await alloy("configure", {', `  datastreamId: ${JSON.stringify(id)},`, `  orgId: ${JSON.stringify(orgId)},`, `  edgeDomain: ${JSON.stringify(host)},`, '  edgeBasePath: "ee",', "  thirdPartyCookiesEnabled: false,", '  streamingMedia: { channel: "…", playerName: "…" },', "});"];
  return (
    <Card id="connect" title="Connect a player" note={<a href={`/debugger?${new URLSearchParams({ datastream: id })}`}>Watch its requests in the debugger</a>}>
      <div class="stack">
        <p>From a terminal:</p>
        <Command text={startCommand(id)} label="Copy the command" />
        <p>
          With the Web SDK, which needs https on port 443 (<code class="mono">edgeDomain</code> is the name your players reach this server by):
        </p>
        <Command text={alloy.join("\n")} label="Copy the configuration" />
      </div>
    </Card>
  );
}

function Switch({ datastream, onDone }: { datastream: DatastreamItem; onDone: () => void }) {
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState("");
  const { id, name, enabled } = datastream;
  const change = async () => {
    setAsking(false);
    try {
      await changeDatastream(id, { enabled: !enabled });
      setProblem("");
      onDone();
    } catch (error) {
      setProblem((error as ApiProblem).message);
    }
  };
  return (
    <Card id="switch" title={enabled ? "Disable" : "Enable"}>
      <p>
        {enabled
          ? "A disabled datastream refuses what is sent to it with EXEG-0004-422. Its data stay, and it can be enabled again."
          : "It refuses what is sent to it now. Enabled, it takes requests again within about a second."}
      </p>
      <p class="card-foot">
        <button type="button" class={enabled ? "quiet danger" : "quiet"} onClick={() => (enabled ? setAsking(true) : void change())}>
          {enabled ? "Disable this datastream" : "Enable this datastream"}
        </button>
        {problem && (
          <span class="reason" role="alert">
            {problem}
          </span>
        )}
      </p>
      {asking && (
        <Confirm title={`Disable ${name}?`} yes="Disable" onYes={() => void change()} onNo={() => setAsking(false)}>
          <p>
            Players that send to <code class="mono">{id}</code> are refused within about a second. Sessions that are open go on until they close.
          </p>
        </Confirm>
      )}
    </Card>
  );
}

interface OneProps {
  server: ServerSettings;
  datastream: DatastreamItem;
  onChange: () => void;
}

export function OneDatastream({ server, datastream, onChange }: OneProps) {
  return (
    <div class="page settings">
      <Back />
      <PageHeading
        title={datastream.name}
        note={
          <span class="with-copy">
            <code class="mono">{datastream.id}</code> <CopyButton text={datastream.id} label="Copy the ID" /> <StateWords datastream={datastream} />
          </span>
        }
      />
      <div class="settings-cols">
        <DatastreamForm server={server} datastream={datastream} onDone={onChange} />
        <div class="stack">
          <Connect datastream={datastream} />
          <Switch key={String(datastream.enabled)} datastream={datastream} onDone={onChange} />
        </div>
      </div>
    </div>
  );
}

export function NewDatastream({ server, onChange }: { server: ServerSettings; onChange: () => void }) {
  return (
    <div class="page settings">
      <Back />
      <PageHeading title="New datastream" note="Everything may be left as it is." />
      <DatastreamForm
        server={server}
        datastream={null}
        onDone={({ id }) => {
          onChange();
          go(datastreamPath(id));
        }}
      />
    </div>
  );
}

const Back = () => (
  <p class="back">
    <a href="/settings">Settings</a>
  </p>
);
