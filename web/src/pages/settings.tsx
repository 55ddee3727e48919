/** Datastreams and lookups, which are changed here; access, retention and configuration, which are shown. */
import type { PageProps } from "../pages.ts";
import { useAnswer } from "../ask.ts";
import { EmptyState, PageHeading, Shown } from "../parts/reports.tsx";
import { getEverything } from "../settings/asked.ts";
import { Datastreams, NewDatastream, OneDatastream } from "../settings/datastreams.tsx";
import { Lookups } from "../settings/lookups.tsx";
import { Access, Configuration, Retention } from "../settings/server.tsx";
import "../styles/settings.css";

export default function Settings({ rest: [part, id] }: PageProps) {
  const of = useAnswer("settings", getEverything);
  const own = part === "new" || (part === "datastreams" && id !== undefined);
  return (
    <>
      {(!own || of.answer === null) && <PageHeading title="Settings" note="Datastreams, retention, lookups, access, and what this server runs with." />}
      <Shown of={of} what="The settings" lines={12}>
        {({ server, datastreams }) => {
          if (part === "new") return <NewDatastream server={server} onChange={of.retry} />;
          if (part === "datastreams" && id !== undefined) {
            const datastream = datastreams.find((one) => one.id === id);
            if (datastream) return <OneDatastream key={id} server={server} datastream={datastream} onChange={of.retry} />;
            return (
              <EmptyState title={`There is no datastream ${id}`}>
                <p>
                  <a href="/settings">All datastreams</a>
                </p>
              </EmptyState>
            );
          }
          return (
            <div class="page settings">
              <Datastreams datastreams={datastreams} />
              <Retention server={server} datastreams={datastreams} />
              <Lookups />
              <Access server={server} />
              <Configuration server={server} />
            </div>
          );
        }}
      </Shown>
    </>
  );
}
