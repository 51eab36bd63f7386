import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Session } from '../session.js';
import type { Training } from '../training.js';

/** A robust network, trained in this tab on a few thousand images. */
export function Train({ session, training }: { session: Session; training: Training }) {
  const running = training.running.value;
  const progress = training.progress.value;
  const left = Math.ceil(training.secondsLeft.value);
  return (
    <section aria-labelledby="train">
      <h2 id="train">Train in this tab</h2>
      <p class="quiet">64 neurons, S-IBP, epsilon rising to 0.06; nothing leaves this page.</p>
      <div class="actions">
        <button type="button" data-testid="train" disabled={running} onClick={() => void training.start(session)}>
          Train
        </button>
        <button type="button" data-testid="stop" disabled={!running} onClick={() => training.stop()}>
          Stop
        </button>
        <progress value={progress} max={1} aria-label="progress of the training" />
        {running && <span class="quiet">{`${Math.round(100 * progress)} %, ${left} s left`}</span>}
      </div>
      <Curves training={training} />
      <p aria-live="polite" data-testid="trained">
        {training.outcome.value}
      </p>
    </section>
  );
}

function Curves({ training }: { training: Training }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const curve = training.curve.value;
  useEffect(() => {
    if (place.current === null || curve.length < 2) return;
    const data: uPlot.AlignedData = [
      curve.map(({ step }) => step),
      curve.map(({ cleanError }) => cleanError),
      curve.map(({ certifiedError }) => certifiedError),
    ];
    if (plot.current === undefined) plot.current = new uPlot(options(place.current), data, place.current);
    else plot.current.setData(data);
  }, [curve]);
  useEffect(() => () => plot.current?.destroy(), []);
  const last = curve.at(-1);
  const label =
    last === undefined
      ? 'No training yet.'
      : `Error ${Math.round(100 * last.cleanError)} %, certified error ${Math.round(100 * last.certifiedError)} % after ${last.step} steps.`;
  return <div ref={place} class="curves" role="img" aria-label={label} hidden={curve.length < 2} />;
}

function options(place: HTMLElement): uPlot.Options {
  const style = getComputedStyle(place);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour('--ink'), grid: { stroke: colour('--line') }, ticks: { stroke: colour('--line') } };
  return {
    width: Math.max(240, place.clientWidth || 320),
    height: 200,
    scales: { x: { time: false }, y: { range: [0, 1] } },
    axes: [
      { ...axis, label: 'step' },
      { ...axis, label: 'error' },
    ],
    series: [
      { label: 'step' },
      { label: 'error', stroke: colour('--clean'), width: 2 },
      { label: 'certified error', stroke: colour('--s-ibp'), width: 2, dash: [6, 3] },
    ],
  };
}
