/**
 * A chart: drawn by ECharts, read with the pointer or the arrow keys, and the same numbers as a table under it.
 *
 * The reading is ours: what is drawn never moves, works under the content security policy, and is heard by a screen reader.
 */
import type { EChartsCoreOption } from "echarts/core";
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Palette, usePalette } from "./palette.ts";

export interface Reading {
  name: string;
  value: string;
  /** Number of the series, from 0, whose colour and dash it has; "before" for the period before. */
  mark?: number | "before";
}

/** A place along the axis that can be pointed at. */
export interface Stop {
  /** Value of the axis: ms of a wall clock, a number, or the number of the category. */
  at: number;
  title: string;
  readings: Reading[];
}

export interface PlotProps {
  /** What is shown, for those who do not see it. */
  label: string;
  height: number;
  /** Which axis the stops are on. */
  axis?: "x" | "y";
  stops: Stop[];
  option: (palette: Palette, width: number) => EChartsCoreOption;
  /** What the drawing is made of: drawn again when it changes. */
  deps: readonly unknown[];
  /** The numbers as a table. */
  table?: ComponentChildren;
}

type Chart = ReturnType<(typeof import("./echarts.ts"))["init"]>;

function useWidth(element: HTMLElement | null): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return width;
}

export function Plot({ label, height, axis = "x", stops, option, deps, table }: PlotProps) {
  const [box, setBox] = useState<HTMLElement | null>(null);
  const canvas = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<Chart | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const width = useWidth(box);
  const palette = usePalette(box);

  useEffect(() => {
    let made: Chart | null = null;
    let gone = false;
    void import("./echarts.ts").then(({ init }) => {
      if (gone || !canvas.current) return;
      made = init(canvas.current, null, { renderer: "canvas", width: canvas.current.clientWidth || 100, height });
      setChart(made);
    });
    return () => {
      gone = true;
      made?.dispose();
    };
  }, [height]);
  useEffect(() => {
    if (!chart || !palette || !width) return;
    chart.resize({ width, height });
    const common = { animation: false, textStyle: { fontFamily: palette.font }, aria: { enabled: true, label: { enabled: false }, decal: { show: false } } };
    chart.setOption({ ...common, ...option(palette, width) }, { notMerge: true });
  }, [chart, palette, width, height, ...deps]);

  const places = useMemo(() => {
    if (!chart || !width) return [];
    const finder = axis === "x" ? { xAxisIndex: 0 } : { yAxisIndex: 0 };
    return () => stops.map((stop) => Number(chart.convertToPixel(finder, stop.at)));
  }, [chart, width, axis, stops]);
  const pixels = (): number[] => (typeof places === "function" ? places() : []);

  const point = (event: PointerEvent) => {
    const edges = (event.currentTarget as Element).getBoundingClientRect();
    const here = axis === "x" ? event.clientX - edges.left : event.clientY - edges.top;
    let best: number | null = null;
    let distance = Number.POSITIVE_INFINITY;
    pixels().forEach((pixel, n) => {
      if (Math.abs(pixel - here) < distance) [best, distance] = [n, Math.abs(pixel - here)];
    });
    setAt(best);
  };
  const last = stops.length - 1;
  const key = (event: KeyboardEvent) => {
    const now = at ?? (axis === "x" ? last : 0);
    const page = Math.max(1, Math.round(stops.length / 10));
    const to: Record<string, number> = {
      ArrowRight: now + 1, ArrowDown: axis === "x" ? now - 1 : now + 1, ArrowLeft: now - 1, ArrowUp: axis === "x" ? now + 1 : now - 1,
      PageUp: now - page, PageDown: now + page, Home: 0, End: last,
    };
    const next = to[event.key];
    if (next === undefined || last < 0) return;
    event.preventDefault();
    setAt(at === null ? now : Math.min(Math.max(next, 0), last));
  };
  const stop = at === null ? undefined : stops[at];
  const pixel = at === null ? undefined : pixels()[at];
  const words = (one: Stop) => `${one.title}: ${one.readings.map(({ name, value }) => `${name} ${value}`).join(", ")}`;
  const shown = stop ?? stops[axis === "x" ? last : 0];

  return (
    <div class="chart">
      <div
        ref={setBox}
        class="chart-plot"
        style={{ height: `${height}px` }}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-orientation={axis === "x" ? "horizontal" : "vertical"}
        aria-valuemin={0}
        aria-valuemax={Math.max(last, 0)}
        aria-valuenow={at ?? (axis === "x" ? Math.max(last, 0) : 0)}
        aria-valuetext={shown ? words(shown) : "Nothing"}
        onKeyDown={key}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => setAt(null)}
        onBlur={() => setAt(null)}
      >
        <div ref={canvas} class="chart-canvas" aria-hidden="true" />
        {stop && pixel !== undefined && Number.isFinite(pixel) && <Pointer stop={stop} pixel={pixel} axis={axis} width={width} />}
      </div>
      {table && (
        <details class="chart-numbers">
          <summary>
            Numbers<span class="visually-hidden"> of {label}</span>
          </summary>
          {table}
        </details>
      )}
    </div>
  );
}

/** The line through the drawing and what is read at it. */
function Pointer({ stop, pixel, axis, width }: { stop: Stop; pixel: number; axis: "x" | "y"; width: number }) {
  const left = axis === "x" ? pixel : width / 2;
  const side = left > width / 2 ? { right: `${width - left + 12}px` } : { left: `${left + 12}px` };
  return (
    <div class="chart-pointer" aria-hidden="true">
      {axis === "x" ? <i class="rule-x" style={{ left: `${pixel}px` }} /> : <i class="rule-y" style={{ top: `${pixel - 14}px` }} />}
      <div class="chart-reading" style={axis === "x" ? { ...side, top: "8px" } : { right: "8px", top: `${pixel + 16}px` }}>
        <b>{stop.title}</b>
        {stop.readings.map(({ name, value, mark }) => (
          <span key={name}>
            {mark !== undefined && <Swatch mark={mark} />}
            <span class="reading-name">{name}</span>
            <span class="reading-value">{value}</span>
          </span>
        ))}
      </div>
    </div>
  );
}

/** A piece of a series' line, for legends and readings. */
export function Swatch({ mark }: { mark: number | "before" }) {
  return (
    <svg class={`swatch swatch-${mark === "before" ? "before" : (mark % 6) + 1}`} width="22" height="8" viewBox="0 0 22 8" aria-hidden="true">
      <line x1="1" x2="21" y1="4" y2="4" />
    </svg>
  );
}
