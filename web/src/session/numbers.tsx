/** The computed numbers of a session, grouped, each with its unit and what it means. */
import { Fragment } from "preact";
import type { AdPlay, ChapterPlay, Details, Session } from "../api.ts";
import { clock, duration, number } from "../format.ts";
import { Opened, Opener, type Subject } from "./explain.tsx";
import { AUDIENCE, type Field, type Group, numberOf, QUALITY, text, valueOf } from "./fields.ts";

function Value({ field, value }: { field: Field; value: Details[string] | undefined }) {
  if (field.unit === "yes/no")
    return (
      <dd class={value === true ? "" : "zero"}>
        {value === true ? "Yes" : "No"} <span class="unit" />
      </dd>
    );
  if (field.unit === "list")
    return Array.isArray(value) && value.length ? <dd class="words">{value.join(", ")}</dd> : <dd class="words zero">None</dd>;
  if (value === undefined || value === null) {
    const zero = field.unit === "s" || field.unit === "";
    return zero && field.path !== "qoeDataDetails.timeToStart" ? (
      <dd class="zero">
        0 <span class="unit">{field.unit}</span>
      </dd>
    ) : (
      <dd class="zero words">Not reported</dd>
    );
  }
  const minutes = field.unit === "minutes" && /^\[(\d+)-(\d+)\]$/.exec(String(value));
  if (minutes)
    return (
      <dd>
        {minutes[1]}–{minutes[2]} <span class="unit">min</span>
      </dd>
    );
  if (field.unit === "minutes" || typeof value !== "number") return <dd class="words">{String(value)}</dd>;
  if (field.unit === "share")
    return (
      <dd>
        {(value * 100).toFixed(1)} <span class="unit">%</span>
      </dd>
    );
  return (
    <dd class={value === 0 ? "zero" : ""}>
      {number(value)} <span class="unit">{field.unit}</span>
    </dd>
  );
}

function Numbers({ group, session }: { group: Group; session: Session }) {
  return (
    <section class="card" aria-labelledby={`${group.id}-title`} id={group.id}>
      <header>
        <h2 id={`${group.id}-title`}>{group.title}</h2>
      </header>
      {group === AUDIENCE && <Coverage session={session} />}
      <dl class="numbers">
        {group.fields.filter((field) => !(field.onceClosed && session.state === "open")).map((field) => {
          const value = valueOf(session, field.path);
          const long = field.unit === "s" && typeof value === "number" && value >= 60;
          return (
            <div key={field.path}>
              <dt>
                <Opener field={field.path}>{field.label}</Opener>
              </dt>
              <Value field={field} value={value} />
              <dd class="means">
                {long && <b>{duration(value)}. </b>}
                {field.means}
              </dd>
              <Opened
                subject={subjectOf(session)}
                fields={[field.path]}
                label={() => field.label}
                within={(panel) => <dd class="whole">{panel}</dd>}
              />
            </div>
          );
        })}
      </dl>
    </section>
  );
}

const subjectOf = (session: Session): Subject => ({ id: session.id, startMs: Date.parse(session.startedAt) });

const MARKERS = [10, 25, 50, 75, 95];

const markerField = (marker: number | string): string => `sessionDetails.hasProgress${marker}`;

/** The content as a bar: what of it was seen, and the progress markers that were passed. */
function Coverage({ session }: { session: Session }) {
  const details = session.mediaReporting.sessionDetails;
  const length = numberOf(details, "length");
  if (length <= 0) return null;
  const passed = MARKERS.filter((marker) => details[`hasProgress${marker}`] === true);
  const seen = session.viewed.map(([from, to]) => `${clock(from)} to ${clock(to)}`).join(", ");
  const words = `Seen of ${clock(length)}: ${seen || "nothing"}. Markers passed: ${passed.map((m) => `${m} %`).join(", ") || "none"}.`;
  return (
    <figure class="coverage">
      <figcaption>Seen of the content</figcaption>
      <svg viewBox="0 0 1000 36" preserveAspectRatio="none" role="img" aria-label={words}>
        <rect class="rail" x="0" y="4" width="1000" height="14" rx="3" />
        {session.viewed.map(([from, to]) => (
          <rect key={from} class="seen" x={(from / length) * 1000} y="4" width={Math.max(((to - from) / length) * 1000, 2)} height="14" />
        ))}
      </svg>
      <ol aria-label="Progress markers">
        {MARKERS.map((marker) => (
          <li key={marker} class={`at-${marker} ${passed.includes(marker) ? "passed" : ""}`}>
            <Opener field={markerField(marker)}>
              <span class="visually-hidden">{passed.includes(marker) ? "Passed" : "Not passed"} </span>
              {marker} %
            </Opener>
          </li>
        ))}
      </ol>
      <Opened
        subject={subjectOf(session)}
        fields={MARKERS.map(markerField)}
        label={(field) => `the marker at ${field.slice(markerField("").length)} %`}
        within={(panel) => panel}
      />
    </figure>
  );
}

const ended = (closed: boolean, completed: boolean) => (completed ? "Completed" : closed ? "Not completed" : "Running");

const breakOf = (ad: AdPlay): string =>
  text(ad.advertisingPodDetails, "friendlyName") || `Break ${text(ad.advertisingPodDetails, "index")}`;

const COLUMNS = 5;

/** The explanation of a cell, as a line of its own under that of the cell. */
function OpenedLine({ subject, fields, label, columns = COLUMNS }: { subject: Subject; fields: string[]; label: string; columns?: number }) {
  return (
    <Opened
      subject={subject}
      fields={fields}
      label={() => label}
      within={(panel) => (
        <tr class="whole">
          <td colSpan={columns}>{panel}</td>
        </tr>
      )}
    />
  );
}

function Ads({ ads, subject }: { ads: AdPlay[]; subject: Subject }) {
  return (
    <section class="card" aria-labelledby="ads-title" id="ads">
      <header>
        <h2 id="ads-title">Ads</h2>
      </header>
      {ads.length === 0 ? (
        <p class="none">No ad was started.</p>
      ) : (
        <div class="scroll">
          <table class="plain wide" aria-labelledby="ads-title">
            <thead>
              <tr>
                <th scope="col">Ad</th>
                <th scope="col">Break</th>
                <th scope="col" class="number">Length</th>
                <th scope="col" class="number">Played</th>
                <th scope="col">End</th>
              </tr>
            </thead>
            <tbody>
              {ads.map((ad) => (
                <Fragment key={ad.ordinal}>
                  <tr>
                    <td>
                      {text(ad.advertisingDetails, "friendlyName") || text(ad.advertisingDetails, "name")}
                      <span class="sub">{text(ad.advertisingDetails, "advertiser")}</span>
                      <span class="sub narrow">{breakOf(ad)}</span>
                    </td>
                    <td>
                      {breakOf(ad)}
                      <span class="sub">at {clock(numberOf(ad.advertisingPodDetails, "offset"))}</span>
                    </td>
                    <td class="number">{number(numberOf(ad.advertisingDetails, "length"))} s</td>
                    <td class="number">
                      <Opener field={`ads.${ad.ordinal}.advertisingDetails.timePlayed`}>
                        {number(numberOf(ad.advertisingDetails, "timePlayed"))} s
                      </Opener>
                    </td>
                    <td>
                      <Opener field={`ads.${ad.ordinal}.advertisingDetails.isCompleted`}>
                        {ended(ad.closedAt !== null, ad.advertisingDetails["isCompleted"] === true)}
                      </Opener>
                    </td>
                  </tr>
                  <OpenedLine
                    subject={subject}
                    fields={["timePlayed", "isCompleted"].map((name) => `ads.${ad.ordinal}.advertisingDetails.${name}`)}
                    label={`ad ${ad.ordinal}`}
                  />
                </Fragment>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Chapters({ chapters, subject }: { chapters: ChapterPlay[]; subject: Subject }) {
  return (
    <section class="card" aria-labelledby="chapters-title" id="chapters">
      <header>
        <h2 id="chapters-title">Chapters</h2>
      </header>
      {chapters.length === 0 ? (
        <p class="none">No chapter was started.</p>
      ) : (
        <div class="scroll">
          <table class="plain wide" aria-labelledby="chapters-title">
            <thead>
              <tr>
                <th scope="col">Chapter</th>
                <th scope="col" class="number">Begins at</th>
                <th scope="col" class="number">Length</th>
                <th scope="col" class="number">Played</th>
                <th scope="col">End</th>
              </tr>
            </thead>
            <tbody>
              {chapters.map((chapter) => (
                <Fragment key={chapter.ordinal}>
                  <tr>
                    <td>
                      {text(chapter.chapterDetails, "friendlyName") || `Chapter ${text(chapter.chapterDetails, "index")}`}
                      <span class="sub narrow">from {clock(numberOf(chapter.chapterDetails, "offset"))}</span>
                    </td>
                    <td class="number">{clock(numberOf(chapter.chapterDetails, "offset"))}</td>
                    <td class="number">{number(numberOf(chapter.chapterDetails, "length"))} s</td>
                    <td class="number">
                      <Opener field={`chapters.${chapter.ordinal}.chapterDetails.timePlayed`}>
                        {number(numberOf(chapter.chapterDetails, "timePlayed"))} s
                      </Opener>
                    </td>
                    <td>
                      <Opener field={`chapters.${chapter.ordinal}.chapterDetails.isCompleted`}>
                        {ended(chapter.closedAt !== null, chapter.chapterDetails["isCompleted"] === true)}
                      </Opener>
                    </td>
                  </tr>
                  <OpenedLine
                    subject={subject}
                    fields={["timePlayed", "isCompleted"].map((name) => `chapters.${chapter.ordinal}.chapterDetails.${name}`)}
                    label={`chapter ${chapter.ordinal}`}
                  />
                </Fragment>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function States({ states, subject }: { states: Details[]; subject: Subject }) {
  return (
    <section class="card" aria-labelledby="states-title" id="states">
      <header>
        <h2 id="states-title">Player states</h2>
      </header>
      {states.length === 0 ? (
        <p class="none">No player state was reported.</p>
      ) : (
        <div class="scroll">
          <table class="plain" aria-labelledby="states-title">
            <thead>
              <tr>
                <th scope="col">State</th>
                <th scope="col" class="number">Times</th>
                <th scope="col" class="number">Duration</th>
              </tr>
            </thead>
            <tbody>
              {states.map((state) => (
                <Fragment key={text(state, "name")}>
                  <tr>
                    <td>{text(state, "name")}</td>
                    <td class="number">
                      <Opener field={`states.${text(state, "name")}.count`}>{number(numberOf(state, "count"))}</Opener>
                    </td>
                    <td class="number">
                      <Opener field={`states.${text(state, "name")}.time`}>{number(numberOf(state, "time"))} s</Opener>
                    </td>
                  </tr>
                  <OpenedLine
                    subject={subject}
                    fields={["count", "time"].map((name) => `states.${text(state, "name")}.${name}`)}
                    label={text(state, "name")}
                    columns={3}
                  />
                </Fragment>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Metadata({ metadata }: { metadata: Record<string, string> }) {
  const entries = Object.entries(metadata);
  if (entries.length === 0) return null;
  return (
    <section class="card" aria-labelledby="metadata-title" id="metadata">
      <header>
        <h2 id="metadata-title">Custom metadata</h2>
      </header>
      <dl class="metadata">
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function AllNumbers({ session }: { session: Session }) {
  return (
    <div class="groups">
      <div class="stack">
        <Numbers group={AUDIENCE} session={session} />
        <Chapters chapters={session.chapters} subject={subjectOf(session)} />
        <Metadata metadata={session.customMetadata} />
      </div>
      <div class="stack">
        <Numbers group={QUALITY} session={session} />
        <Ads ads={session.ads} subject={subjectOf(session)} />
        <States states={session.mediaReporting.states} subject={subjectOf(session)} />
      </div>
    </div>
  );
}
