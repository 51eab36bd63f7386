import type { Section, Writer } from '../page/blocks.js';
import { markup } from '../page/markup.js';

/** What the words of the report mean. */
export function words({ id }: Writer): Section {
  const all = [
    ['clean error', 'Share of the images whose class does not have strictly the largest score. A tie is an error.'],
    [
      'attacked error',
      'Share of the images that are wrong, or that an attack within the region made wrong. A lower limit of the worst case.',
    ],
    [
      'certified error',
      'Share of the images not proved right for every input of the region. An upper limit of the worst case.',
    ],
    [
      'S-IBP, S-CROWN',
      'Two ways to bound margins from below (Liang et al., NeurIPS 2022), widened for the rounding of floating-point arithmetic.',
    ],
    ['ε', 'Largest change of every pixel, pixels being 0 to 1.'],
    ['flips, shifts', 'At most so many spikes missing or too many, or moved in time.'],
    ['T', 'Time steps that the network runs.'],
    ['draws', 'The random numbers of a rate code. Attack and proof speak of the same ones.'],
    ['margin', 'Score of the right class less that of a rival.'],
    ['open neuron', 'A neuron of which the bounds cannot say whether it fires.'],
    ['κ', 'Share of the natural loss in the training loss; the rest is the loss of the proved margins.'],
  ] as const;
  return {
    id: id('words'),
    title: 'Words',
    body: markup`<dl>
      ${all.map(
        ([name, meaning]) =>
          markup`<dt>${name}</dt>
            <dd>${meaning}</dd> `,
      )}
    </dl> `,
  };
}
