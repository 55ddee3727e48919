/** Small multiples: one tile a metric, its number and its line, all along the same axis. */
import { useCatalogue } from "../ask.ts";
import { MetricTile } from "../parts/reports.tsx";
import type { Measured } from "../units.ts";
import { LineChart } from "./line.tsx";

export interface Multiple {
  name: string;
  metric: Measured;
  value: number | null | undefined;
  before?: number | null | undefined;
  hint?: string;
  values: readonly (number | null)[];
  valuesBefore?: readonly (number | null)[] | undefined;
}

interface MultiplesProps {
  label: string;
  multiples: readonly Multiple[];
  at: readonly number[];
  granularity: string;
}

export function SmallMultiples({ label, multiples, at, granularity }: MultiplesProps) {
  const { answer: catalogue } = useCatalogue();
  return (
    <div class="tiles" role="group" aria-label={label}>
      {multiples.map(({ name, metric, value, before, hint, values, valuesBefore }) => (
        <MetricTile key={name} name={name} metric={metric} value={value} before={before} hint={hint ?? catalogue?.metrics.find((one) => one.id === metric.id)?.definition ?? ""}>
          <LineChart
            small
            label={`${name} over time`}
            metric={metric}
            at={at}
            granularity={granularity}
            lines={[{ name, values }, ...(valuesBefore ? [{ name: "Before", values: valuesBefore, before: true }] : [])]}
          />
        </MetricTile>
      ))}
    </div>
  );
}
