import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Point } from '../training.js';

const height = 190;
const dark = matchMedia('(prefers-color-scheme: dark)');

/** How error and certified error went during a training. */
export function Curves({ curve }: { curve: readonly Point[] }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(curve);
  latest.current = curve;
  const isShown = curve.length >= 2;

  useEffect(() => {
    if (place.current === null || !isShown) return;
    const box = place.current;
    // Colours are the page's, which may go dark while the curves are there.
    const make = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(box), columns(latest.current), box);
    };
    make();
    const watcher = new ResizeObserver(() => plot.current?.setSize({ width: box.clientWidth, height }));
    watcher.observe(box);
    dark.addEventListener('change', make);
    return () => {
      watcher.disconnect();
      dark.removeEventListener('change', make);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [isShown]);
  useEffect(() => plot.current?.setData(columns(curve)), [curve]);

  const last = curve.at(-1);
  const label =
    last === undefined
      ? 'No training yet.'
      : `Error ${Math.round(100 * last.cleanError)} %, certified error ${Math.round(100 * last.certifiedError)} % after ${last.step} steps.`;
  return (
    <div class="curves" hidden={!isShown}>
      <p class="key" aria-hidden="true">
        <b class="clean">error</b> <b class="certified">certified error</b>
      </p>
      <div ref={place} role="img" aria-label={label} />
    </div>
  );
}

const columns = (curve: readonly Point[]): uPlot.AlignedData => [
  curve.map(({ step }) => step),
  curve.map(({ cleanError }) => 100 * cleanError),
  curve.map(({ certifiedError }) => 100 * certifiedError),
];

function options(place: HTMLElement): uPlot.Options {
  const style = getComputedStyle(place);
  // A canvas does not know light-dark(); a colour that has been computed is one of the two.
  const colour = (name: string) => {
    place.style.color = `var(${name})`;
    const found = getComputedStyle(place).color;
    place.style.color = '';
    return found;
  };
  const font = `12px ${style.fontFamily}`;
  const grid = { stroke: colour('--line'), width: 1 };
  const axis = { stroke: colour('--quiet'), grid, ticks: { ...grid, size: 4 }, font, labelFont: font, labelSize: 18 };
  const line = { width: 2, points: { show: false } };
  return {
    width: Math.max(200, place.clientWidth),
    height,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false }, y: { range: [0, 100] } },
    axes: [
      { ...axis, label: 'step', size: 28 },
      { ...axis, size: 52, values: (_, ticks) => ticks.map((tick) => `${tick} %`) },
    ],
    series: [{}, { ...line, stroke: colour('--clean') }, { ...line, stroke: colour('--s-ibp'), dash: [6, 3] }],
  };
}
