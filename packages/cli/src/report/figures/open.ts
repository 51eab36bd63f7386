import type { OpenRecord } from '../../reproduce/record.js';
import { mainResult, type Member } from '../groups.js';
import { percentage } from '../numbers.js';
import type { Plot } from './plot.js';

/** Up to so many steps every cell has its number. */
const mostNumbers = 10;

/** The open neurons of a unit, and the region they are open for: of its main result, or of another that measured them. */
export function openOf({ unit }: Member): { readonly open: OpenRecord; readonly region: string } | undefined {
  const all = [mainResult(unit), ...unit.results].map(({ record }) => record);
  return all.flatMap(({ open, region }) => (open === null ? [] : [{ open, region }]))[0];
}

/** Which layers and steps S-IBP leaves undecided: a cell per layer and step. */
export function heatMap(id: string, { label }: Member, open: OpenRecord): Plot {
  const layers = open.layers.map(({ name }, index) => `${index + 1}: ${name.replace(/^\d+: /, '').split(',')[0]}`);
  const cells = open.layers.flatMap(({ steps }, layer) =>
    steps.map((share, step) => ({ layer: layers[layer], step: step + 1, share, number: numeral(share) })),
  );
  const most = Math.max(...cells.map(({ share }) => share), 0.01);
  const steps = Math.max(...open.layers.map((layer) => layer.steps.length));
  const words = open.layers.map(({ steps: shares }, layer) => {
    const [first, last] = [shares[0] ?? 0, shares.at(-1) ?? 0].map((share) => percentage(share, 1));
    return `${layers[layer]} ${first} % at the first step, ${last} % at the last`;
  });
  const numbers = {
    mark: { type: 'text', fontSize: 9 },
    encoding: {
      text: { field: 'number', type: 'nominal' },
      color: {
        condition: { test: `datum.share > ${0.55 * most}`, value: 'var(--on-heat)' },
        value: 'var(--ink)',
      },
    },
  };
  return {
    id,
    title: `Open neurons: ${label}`,
    description: `Share of neurons that S-IBP leaves undecided, mean of ${open.examples} images: ${words.join('; ')}.`,
    spec: {
      height: 34 * layers.length + 34,
      data: { values: cells },
      encoding: {
        x: {
          field: 'step',
          type: 'ordinal',
          title: 'time step',
          axis: { labelAngle: 0, labelOverlap: true, domain: false, ticks: false },
        },
        y: { field: 'layer', type: 'nominal', sort: layers, title: null, axis: { grid: false, labelLimit: 0 } },
      },
      layer: [
        {
          mark: { type: 'rect', fill: 'var(--heat)', stroke: 'var(--page)', strokeWidth: 1 },
          encoding: {
            fillOpacity: {
              field: 'share',
              type: 'quantitative',
              scale: { domain: [0, most], range: [0.04, 1] },
              legend: null,
            },
          },
        },
        ...(steps <= mostNumbers ? [numbers] : []),
      ],
    },
  };
}

/** In per cent, short enough for a cell. */
function numeral(share: number): string {
  const percent = 100 * share;
  return percent >= 9.95 || percent === 0 ? percent.toFixed(0) : percent.toFixed(1);
}
