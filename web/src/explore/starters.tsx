/** Questions to begin with, where nothing was chosen yet: each is a link to the page that asks it. */
import { Card } from "../parts/basics.tsx";
import { linkTo } from "../view.ts";

const QUESTIONS: readonly [words: string, asked: Record<string, string>][] = [
  ["Starts and viewers, day by day", { metrics: "media-starts,viewers", granularity: "day" }],
  ["Which titles are watched, and to the end", { metrics: "content-time-spent,viewers,content-completion-rate", by: "content-name" }],
  ["At which hours people watch", { metrics: "content-time-spent,viewers", by: "hour-of-day", sort: "dimension:hour-of-day" }],
  ["Which players buffer", { metrics: "media-starts,content-buffer-duration-rate,error-impacted-streams", by: "content-player-name" }],
  ["Which advertisers are watched to the end", { metrics: "ad-starts,ad-completion-rate", by: "advertiser" }],
];

export function Starters() {
  return (
    <Card id="starters" title="Questions to begin with">
      <ul class="starters">
        {QUESTIONS.map(([words, asked]) => (
          <li key={words}>
            <a href={linkTo("/explore", asked)}>{words}</a>
          </li>
        ))}
      </ul>
    </Card>
  );
}
