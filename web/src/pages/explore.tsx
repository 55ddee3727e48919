/** Any metrics by any dimensions. The address holds the whole question: a link asks it again. */
import { AdFilter } from "../ads/filter.tsx";
import { getCatalogue, postReport, reasonsAt, type ReportAnswer, useAnswer, useCatalogue } from "../ask.ts";
import { Controls } from "../controls/controls.tsx";
import { recordedQuestion, withoutEnd } from "../endless.ts";
import { Choices } from "../explore/choices.tsx";
import { type Asked, asked, isBare, question } from "../explore/question.ts";
import { PAGE_ROWS, Result } from "../explore/result.tsx";
import { Starters } from "../explore/starters.tsx";
import { CopyButton, Skeleton } from "../parts/basics.tsx";
import { Failed, NothingHere, PageHeading, Shown } from "../parts/reports.tsx";
import { here } from "../router.ts";

/** Enough for the lines of a chart, and for the pages before the one that is shown. */
const CHART_ROWS = 5000;

function useReport() {
  const of = asked.value;
  const { page, drawn: _, ...rest } = of;
  const rows = of.granularity ? Math.max(CHART_ROWS, page * PAGE_ROWS) : page * PAGE_ROWS;
  const asking = { ...question.value, limit: Math.min(rows, 50_000) };
  return useAnswer(JSON.stringify([asking, rest]), async (signal): Promise<Answer> => {
    const report = await postReport(asking, signal);
    const recorded = recordedQuestion(asking, report, await canNarrow(rest.by[0]));
    const { answer, endless } = withoutEnd(asking, report, recorded && (await postReport(recorded, signal)));
    return { report: answer, endless, of: rest };
  });
}

interface Answer {
  report: ReportAnswer;
  /** Whether it has rows of live content only, of which completion says nothing. */
  endless: boolean;
  of: Omit<Asked, "page" | "drawn">;
}

/** Whether a segment can ask for a dimension: not for what is derived, and not for times. Those of one's own it can. */
async function canNarrow(id: string | undefined): Promise<boolean> {
  const known = (await getCatalogue()).dimensions.find((dimension) => dimension.id === id);
  return id !== undefined && (known === undefined || known.kind === "value" || known.kind === "list");
}

export default function Explore() {
  const catalogue = useCatalogue();
  const answered = useReport();
  const { error } = answered;
  const refused = ["metrics", "dimensions", "granularity", "sort", "ads"].some((path) => reasonsAt(error, path).length > 0);
  // What is refused is said beside its choice; an answer to something else is not left standing under it.
  const shown = refused ? { ...answered, error: null, answer: null, state: "failed" as const } : answered;
  const { drawn, page } = asked.value;
  return (
    <div class="page">
      <PageHeading
        title="Explore"
        note={<CopyButton text={here.value.href} label="Copy link to this view" words="Copy link" />}
        freshness={answered.answer?.report.freshness}
      />
      <Controls compare />
      <AdFilter error={error} />
      {catalogue.error && <Failed error={catalogue.error} title="The catalogue could not be loaded" onRetry={catalogue.retry} />}
      {catalogue.answer ? <Choices catalogue={catalogue.answer} error={error} /> : !catalogue.error && <Skeleton lines={2} label="Loading the catalogue" />}
      {refused && <p class="muted">There is no answer to this: choose something else above.</p>}
      {catalogue.answer && (
        <Shown of={shown} what="The report" lines={10}>
          {({ report, endless, of }, stale) =>
            report.rows.length === 0 ? (
              <NothingHere />
            ) : (
              <div class="page">
                <Result catalogue={catalogue.answer as NonNullable<typeof catalogue.answer>} answer={report} endless={endless} of={{ ...of, drawn, page }} stale={stale} />
                {isBare.value && <Starters />}
              </div>
            )
          }
        </Shown>
      )}
    </div>
  );
}
