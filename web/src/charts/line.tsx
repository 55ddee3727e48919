/** Lines over time or over a number (the second of a content), with the period before dashed, and marks and bands over them. */
import { useMemo } from "preact/hooks";
import { shortened, stepOf } from "../format.ts";
import { DataTable } from "../parts/tables.tsx";
import { axisOf, column, daysOf, dayTick, type Measured, spoken, stretch, tick } from "../units.ts";
import { BEFORE_DASH, DASHES, type Palette } from "./palette.ts";
import { Plot, type Reading, type Stop, Swatch } from "./plot.tsx";

export interface Line {
  name: string;
  /** One a place of `at`; null where there is none. */
  values: readonly (number | null)[];
  /** The period before: thin, dashed, quiet. */
  before?: boolean;
}

export interface Mark {
  at: number;
  label: string;
}

/** A stretch of the axis under the lines: an ad break, a chapter. */
export interface Band {
  from: number;
  until: number;
  label: string;
}

export interface LineChartProps {
  label: string;
  /** What is measured, for its unit. */
  metric: Measured;
  lines: readonly Line[];
  /** Places along the axis: walls (zones.ts) of a time axis, else numbers. */
  at: readonly number[];
  /** Stretches of the time axis; with `position`, a number axis that is written by it. */
  granularity?: string;
  position?: (at: number) => string;
  /** Distance between the words of a number axis of this span that has room for `most` of them. */
  step?: (span: number, most: number) => number;
  /** Heading of the first column of the table. */
  along?: string;
  marks?: readonly Mark[];
  bands?: readonly Band[];
  height?: number;
  /** Small, without legend and with few words at the axes: one of several. */
  small?: boolean;
  /** Largest value of the axis, when it is fixed: 1 of shares. */
  most?: number;
}

const NO_MARKS: readonly Mark[] = [];
const NO_BANDS: readonly Band[] = [];

export function LineChart(props: LineChartProps) {
  const { label, metric, lines, at, granularity = "hour", position, along = "Time", marks = NO_MARKS, bands = NO_BANDS, small = false } = props;
  const height = props.height ?? (small ? 84 : 280);
  const title = (place: number) => (position ? position(place) : stretch(place, granularity));
  const stops = useMemo((): Stop[] => {
    return at.map((place, n) => ({
      at: place,
      title: title(place),
      readings: lines.map((line, series): Reading => ({
        name: line.name,
        value: spoken(line.values[n], metric),
        mark: line.before ? "before" : series,
      })),
    }));
  }, [at, lines, metric, granularity]);
  const legend = !small && lines.length > 1;
  return (
    <>
      {legend && (
        <ul class="chart-legend" aria-label={`Lines of ${label}`}>
          {lines.map((line, series) => (
            <li key={line.name}>
              <Swatch mark={line.before ? "before" : series} />
              {line.name}
            </li>
          ))}
        </ul>
      )}
      <Plot
        label={label}
        height={height}
        stops={stops}
        option={(palette, width) => optionOf(props, palette, width)}
        deps={[at, lines, metric, marks, bands, small, props.most]}
        table={!small && <NumbersOf label={label} along={along} title={title} metric={metric} lines={lines} at={at} />}
      />
    </>
  );
}

interface NumbersProps {
  label: string;
  along: string;
  title: (place: number) => string;
  metric: Measured;
  lines: readonly Line[];
  at: readonly number[];
}

/** Rows of the table; of more places every second, fifth, tenth … has one. */
const ROWS_MOST = 1500;

function NumbersOf({ label, along, title, metric, lines, at }: NumbersProps) {
  const written = lines.map((line) => column(metric, line.values));
  const every = stepOf(at.length, ROWS_MOST);
  const told = at.map((_, row) => row).filter((row) => row % every === 0);
  return (
    <DataTable
      label={`Numbers of ${label}`}
      columns={[
        { id: "along", name: along },
        ...lines.map((line, n) => ({ id: `line ${n}`, name: line.name, number: true, unit: written[n]?.unit ?? "" })),
      ]}
      rows={told.map((row) => [title(at[row] as number), ...lines.map((line, n) => written[n]?.text(line.values[row] ?? null))])}
    />
  );
}

function optionOf({ metric, lines, at, granularity = "hour", position, step, marks = NO_MARKS, bands = NO_BANDS, small = false, most }: LineChartProps, palette: Palette, width: number) {
  const text = { color: palette.quiet, fontSize: 11, fontFamily: palette.font };
  const single = lines.filter((line) => !line.before).length === 1;
  const few = at.length <= 1;
  const [low, high] = [at[0] ?? 0, at.at(-1) ?? 0];
  const days = position ? [] : daysOf(low, high, Math.max(2, Math.floor(width / 72)));
  const dotted = (line: Line) => !small && at.length <= 40 && !line.before;
  const pixel = (place: number) => ((place - low) / Math.max(high - low, 1)) * (width - 56); // without the words of the other axis
  const series = lines.map((line, n) => ({
    type: "line" as const,
    data: at.map((place, row) => ({ value: [place, line.values[row] ?? null], symbol: dotted(line) || isAlone(line.values, row) ? "circle" : "none" })),
    symbolSize: few ? 7 : 5,
    showAllSymbol: true,
    connectNulls: false,
    z: line.before ? 2 : 3,
    lineStyle: {
      width: line.before ? 1.5 : 2,
      color: line.before ? palette.quiet : palette.series[n % palette.series.length],
      type: line.before ? BEFORE_DASH : (DASHES[n % DASHES.length] ?? "solid"),
    },
    itemStyle: { color: line.before ? palette.quiet : palette.series[n % palette.series.length] },
    ...(single && !line.before ? { areaStyle: { opacity: 0.08, color: palette.series[n % palette.series.length] } } : {}),
    ...(n === 0 && marks.length ? { markLine: markLine(marks, palette, text, pixel) } : {}),
    ...(n === 0 && bands.length ? { markArea: markArea(bands, palette, text, pixel) } : {}),
  }));
  return {
    useUTC: true, // places are walls: what a clock in the zone shows
    grid: { left: 4, right: small ? 6 : 14, top: small ? 8 : marks.length ? 24 : 12, bottom: 2, containLabel: !small },
    xAxis: {
      type: position ? ("value" as const) : ("time" as const),
      min: "dataMin",
      max: "dataMax",
      splitNumber: Math.max(2, Math.floor(width / 110)),
      ...(step ? { interval: step(high - low, Math.max(2, Math.floor(width / 90))) } : {}),
      ...(["day", "week", "month"].includes(granularity) && !position ? { minInterval: 86_400_000 } : {}),
      show: !small,
      axisLine: { lineStyle: { color: palette.rule } },
      axisTick: { show: false },
      splitLine: { show: false },
      axisLabel: position
        ? { ...text, hideOverlap: true, formatter: (value: number) => position(value) }
        : days.length
          ? { ...text, hideOverlap: true, customValues: days, formatter: (value: number) => dayTick(value) }
          : { ...text, hideOverlap: true, formatter: { year: "{yyyy}", month: "{MMM} {yyyy}", day: "{d} {MMM}", hour: "{HH}:{mm}", minute: "{HH}:{mm}", second: "{HH}:{mm}:{ss}" } },
    },
    yAxis: {
      type: "value" as const,
      min: 0,
      ...(small ? {} : axisOf(metric, lines.flatMap((line) => line.values))),
      ...(most === undefined ? {} : { max: most }),
      splitNumber: small ? 1 : 4,
      show: !small,
      axisLabel: { ...text, formatter: (value: number) => tick(value, metric) },
      splitLine: { lineStyle: { color: palette.rule } },
      minInterval: metric.unit === "count" || metric.unit === "streams" ? 1 : 0,
    },
    series,
  };
}

/** A value without neighbours is no line: it needs a dot to be seen. */
const isAlone = (values: Line["values"], row: number): boolean => values[row] != null && values[row - 1] == null && values[row + 1] == null;

type TextStyle = { color: string; fontSize: number; fontFamily: string };

const MARK_LETTERS = 28;
/** Room of a text at the top, about, px. */
const roomOf = (label: string) => label.length * 6 + 10;

function markLine(marks: readonly Mark[], palette: Palette, text: TextStyle, pixel: (at: number) => number) {
  const colour = palette.named("--ad");
  let taken = Number.NEGATIVE_INFINITY;
  const data = marks.toSorted((a, b) => a.at - b.at).map((mark) => {
    const here = pixel(mark.at);
    const name = shortened(mark.label, MARK_LETTERS);
    const room = roomOf(name);
    const first = here < room / 2; // at the left edge, so that it does not lie on the axis
    const from = first ? here : here - room / 2;
    const show = from >= taken;
    if (show) taken = from + room;
    return { xAxis: mark.at, name, label: { show, align: first ? ("left" as const) : ("center" as const) } };
  });
  return {
    silent: true,
    symbol: "none",
    lineStyle: { color: colour, type: [3, 3], width: 1 },
    label: { ...text, color: colour, position: "end" as const, formatter: ({ name }: { name: string }) => name },
    data,
  };
}

function markArea(bands: readonly Band[], palette: Palette, text: TextStyle, pixel: (at: number) => number) {
  const colour = palette.named("--chapter");
  return {
    silent: true,
    label: { ...text, position: "insideTop" as const, formatter: ({ name }: { name: string }) => name },
    data: bands.map((band, n) => [
      { xAxis: band.from, name: band.label, label: { show: roomOf(band.label) <= pixel(band.until) - pixel(band.from) }, itemStyle: { color: colour, opacity: n % 2 ? 0.05 : 0.11 } },
      { xAxis: band.until },
    ]),
  };
}
