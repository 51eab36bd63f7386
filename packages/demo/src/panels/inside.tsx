import type { Session } from '../session.js';
import { Bar, extentOf, zero } from './bar.js';
import { Picture } from './picture.js';
import { Raster } from './raster.js';

/** What the network sees and does, step by step. */
export function Inside({ session }: { session: Session }) {
  const findings = session.findings.value;
  const shown = session.shown.value;
  if (findings === undefined || shown === undefined) return null;
  const { trace, input, states } = findings;
  const [channels, height, width] = shown.model.network.input.shape;
  const size = channels * height * width;
  return (
    <section aria-labelledby="inside" class="wide">
      <h2 id="inside">Spikes over time</h2>
      <p class="quiet">
        A row per step, a column per neuron: <b class="key-spike">it fires</b>, whatever the perturbation;{' '}
        <b class="key-open">undecided</b>, a perturbation of this size might change it.
      </p>
      <div class="inside">
        <div>
          {input.length > 0 && (
            <figure class="frames">
              <figcaption>Input spikes, step by step</figcaption>
              <div style={{ '--frames': trace.steps }}>
                {Array.from({ length: trace.steps }, (_, step) => (
                  <Picture
                    key={step}
                    pixels={frame(input, step, size, channels)}
                    width={width}
                    alt={`input spikes of step ${step + 1}`}
                  />
                ))}
              </div>
            </figure>
          )}
          {trace.layers.map(({ index, shape, spikes }, number) =>
            spikes.length === 0 ? null : (
              <Raster
                key={index}
                title={`Layer ${number + 1}`}
                spikes={spikes}
                states={states[number] ?? []}
                steps={trace.steps}
                neurons={shape.reduce((product, side) => product * side, 1)}
              />
            ),
          )}
        </div>
        <Scores scores={findings.scores} prediction={findings.prediction} readout={shown.model.network.readout.kind} />
      </div>
    </section>
  );
}

/** Spikes of a step as one picture; polarities lie over one another, the second one darker. */
function frame(input: Uint8Array, step: number, size: number, channels: number): Float32Array {
  const plane = size / channels;
  const pixels = new Float32Array(plane);
  for (let channel = 0; channel < channels; channel += 1) {
    for (let pixel = 0; pixel < plane; pixel += 1) {
      const spike = input[step * size + channel * plane + pixel] ?? 0;
      pixels[pixel] = Math.max(pixels[pixel] ?? 0, spike * (channel === 0 ? 1 : 0.6));
    }
  }
  return pixels;
}

const readouts: Record<string, string> = {
  rate: 'Spike rates of the last layer',
  membrane: 'Mean membrane potentials of the last layer',
  linear: 'Scores',
};

function Scores({ scores, prediction, readout }: { scores: Float32Array; prediction: number; readout: string }) {
  const extent = extentOf(scores);
  return (
    <table class="scores" style={zero(extent)}>
      <caption>{readouts[readout] ?? 'Scores'}</caption>
      <tbody>
        {Array.from(scores, (score, label) => (
          <tr key={label} class={label === prediction ? 'best' : ''}>
            <th scope="row">{label}</th>
            <td class="number">{score.toFixed(3)}</td>
            <td class="bars" aria-hidden="true">
              <Bar name="score" value={score} extent={extent} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
