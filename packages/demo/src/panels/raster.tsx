import { useEffect, useRef } from 'preact/hooks';

interface Props {
  /** `[steps, neurons]`, 1 where a neuron fires. */
  readonly spikes: ArrayLike<number>;
  /** `[steps, neurons]`, 2 where the perturbation could decide it; empty when nothing is bounded. */
  readonly states: ArrayLike<number>;
  readonly steps: number;
  readonly neurons: number;
  readonly title: string;
}

/** Spikes over time: a row per step, a column per neuron; what is undecided is marked. */
export function Raster({ spikes, states, steps, neurons, title }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const counts = { fired: 0, open: 0 };
  for (let index = 0; index < steps * neurons; index += 1) {
    if (spikes[index] === 1) counts.fired += 1;
    if (states[index] === 2) counts.open += 1;
  }
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const style = getComputedStyle(context.canvas);
    const [ink, open] = [style.getPropertyValue('--spike').trim(), style.getPropertyValue('--open').trim()];
    context.clearRect(0, 0, neurons, steps);
    for (let step = 0; step < steps; step += 1) {
      for (let neuron = 0; neuron < neurons; neuron += 1) {
        const index = step * neurons + neuron;
        if (states[index] === 2) context.fillStyle = open;
        else if (spikes[index] === 1) context.fillStyle = ink;
        else continue;
        context.fillRect(neuron, step, 1, 1);
      }
    }
  });
  const share = Math.round((100 * counts.open) / (steps * neurons));
  const label = `${title}: ${counts.fired} spikes of ${neurons} neurons over ${steps} steps; ${share} % of what they do is undecided`;
  return (
    <figure class="raster">
      <figcaption>
        {title} <span class="quiet">{`${counts.fired} spikes, ${share} % undecided`}</span>
      </figcaption>
      <canvas ref={canvas} width={neurons} height={steps} role="img" aria-label={label} />
    </figure>
  );
}
