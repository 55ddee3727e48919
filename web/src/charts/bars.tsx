/** Bars: horizontal by name, with their number beside them, or upright along an axis of numbers (a histogram, a funnel). */
import { useMemo } from "preact/hooks";
import { shortened } from "../format.ts";
import { DataTable } from "../parts/tables.tsx";
import { axisOf, column, type Measured, spoken, tick } from "../units.ts";
import type { Palette } from "./palette.ts";
import { Plot, type Stop } from "./plot.tsx";

export interface Bar {
  name: string;
  value: number | null;
  /** The period before. */
  before?: number | null;
  /** More to be read beside the number: "62 % of the starts". */
  note?: string;
}

export interface BarChartProps {
  label: string;
  metric: Measured;
  bars: readonly Bar[];
  /** Upright, in the order given; else lying, with names at the left. */
  upright?: boolean;
  /** Heading of the names in the table. */
  along?: string;
  height?: number;
}

export function BarChart(props: BarChartProps) {
  const { label, metric, bars, upright = false, along = "Name" } = props;
  const compared = bars.some((bar) => bar.before !== undefined);
  const height = props.height ?? (upright ? 240 : bars.length * (compared ? 40 : 30) + 12);
  const stops = useMemo(
    (): Stop[] =>
      bars.map((bar, n) => ({
        at: n,
        title: bar.name,
        readings: [
          { name: "Now", value: spoken(bar.value, metric) },
          ...(bar.before === undefined ? [] : [{ name: "Before", value: spoken(bar.before, metric) }]),
          ...(bar.note ? [{ name: bar.note, value: "" }] : []),
        ],
      })),
    [bars, metric],
  );
  const written = column(metric, [...bars.map((bar) => bar.value), ...bars.map((bar) => bar.before ?? null)]);
  return (
    <Plot
      label={label}
      height={height}
      axis={upright ? "x" : "y"}
      stops={stops}
      option={(palette, width) => optionOf(props, palette, width)}
      deps={[bars, metric, upright]}
      table={
        <DataTable
          label={`Numbers of ${label}`}
          columns={[
            { id: "name", name: along },
            { id: "value", name: "Now", number: true, unit: written.unit },
            ...(compared ? [{ id: "before", name: "Before", number: true, unit: written.unit }] : []),
          ]}
          rows={bars.map((bar) => [bar.name, written.text(bar.value), ...(compared ? [written.text(bar.before ?? null)] : [])])}
        />
      }
    />
  );
}

/** Width of a letter of a name, about, px. */
const LETTER_PX = 6.4;

function optionOf({ metric, bars, upright = false }: BarChartProps, palette: Palette, width: number) {
  const text = { color: palette.quiet, fontSize: 11.5, fontFamily: palette.font };
  const room = Math.min(220, Math.floor(width * (width < 500 ? 0.42 : 0.34)));
  const names = {
    type: "category" as const,
    data: bars.map((bar) => bar.name),
    inverse: !upright,
    axisLine: { show: upright, lineStyle: { color: palette.rule } },
    axisTick: { show: false },
    axisLabel: upright
      ? { ...text, hideOverlap: true }
      : { ...text, color: palette.ink, width: room, overflow: "truncate" as const, formatter: (name: string) => shortened(name, Math.floor(room / LETTER_PX)) },
  };
  const values = {
    type: "value" as const,
    min: 0,
    ...axisOf(metric, bars.flatMap((one) => [one.value, one.before ?? null])),
    show: upright,
    axisLabel: { ...text, formatter: (value: number) => tick(value, metric) },
    splitLine: { lineStyle: { color: palette.rule } },
    minInterval: metric.unit === "count" || metric.unit === "streams" ? 1 : 0,
  };
  const upon = bars.length * (bars.some((one) => one.before !== undefined) ? 2 : 1);
  const labelled = !upright || (upon <= 24 && upon * 56 <= width);
  const bar = (data: (number | null)[], colour: string, now: boolean) => ({
    type: "bar" as const,
    data,
    barMaxWidth: upright ? 44 : 16,
    barCategoryGap: upright ? "18%" : "30%",
    itemStyle: {
      color: now ? colour : "transparent",
      borderColor: colour,
      borderWidth: now ? 0 : 1,
      borderType: now ? ("solid" as const) : ("dashed" as const),
      borderRadius: upright ? [3, 3, 0, 0] : [0, 3, 3, 0],
    },
    label: {
      ...text,
      color: palette.ink,
      show: labelled && (now || !upright), // side by side they would run into each other
      position: upright ? ("top" as const) : ("right" as const),
      formatter: ({ value }: { value: unknown }) => spoken(typeof value === "number" ? value : null, metric),
    },
  });
  const series = [bar(bars.map((one) => one.value), palette.series[0] as string, true)];
  if (bars.some((one) => one.before !== undefined)) series.push(bar(bars.map((one) => one.before ?? null), palette.quiet, false));
  return {
    grid: { left: 2, right: upright ? 8 : 84, top: upright ? 22 : 2, bottom: 2, containLabel: true },
    xAxis: upright ? names : values,
    yAxis: upright ? values : names,
    series,
  };
}
