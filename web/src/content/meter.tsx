/** Shares drawn small, beside their number. */

/** A bar as long as the share; the number is `text`. */
export function Meter({ share, text }: { share: number | null; text: string }) {
  return (
    <span class="meter">
      {share !== null && (
        <span class="meter-track" aria-hidden="true">
          <i style={{ width: `${Math.min(Math.max(share, 0), 1) * 100}%` }} />
        </span>
      )}
      <span class="meter-text">{text}</span>
    </span>
  );
}

const WIDTH = 7;
const HEIGHT = 20;

/** Six upright bars: the shares that came as far as 10, 25, 50, 75, 95 % and the end. */
export function Reach({ reach }: { reach: readonly number[] }) {
  if (reach.length === 0) return <>–</>;
  const words = ["10 %", "25 %", "50 %", "75 %", "95 %", "the end"].map((place, n) => `${Math.round((reach[n] ?? 0) * 100)} % to ${place}`).join(", ");
  const width = reach.length * WIDTH - 2;
  return (
    <svg class="reach" width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={`Came as far: ${words}`}>
      <title>{words}</title>
      <line x1="0" x2={width} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      {reach.map((share, n) => {
        const tall = Math.min(1, share) * (HEIGHT - 2);
        return <rect key={n} x={n * WIDTH} y={HEIGHT - 1 - tall} width={WIDTH - 2} height={tall} />;
      })}
    </svg>
  );
}
