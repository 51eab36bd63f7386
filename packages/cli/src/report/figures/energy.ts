import type { Group } from '../groups.js';
import { joules } from '../numbers.js';
import type { Plot } from './plot.js';

/** Height of a network: its name, then its bar. */
const block = 36;

/** The energy of every network of a group beside that of a conventional one of its shape; undefined where none is known. */
export function energyPlot(id: string, group: Group): Plot | undefined {
  const measured = group.members.flatMap(({ label, unit }) =>
    unit.record.energy === null ? [] : [{ label, ...unit.record.energy.energy }],
  );
  const [first] = measured;
  if (first === undefined) return undefined;
  const conventional = 'conventional network of this shape';
  const rows = [
    ...measured.map(({ label, picojoules }) => ({ label, picojoules })),
    { label: conventional, picojoules: first.conventional_picojoules },
  ].map(({ label, picojoules }, index) => {
    const nanojoules = picojoules / 1000;
    return {
      label,
      nanojoules,
      zero: 0,
      text: joules(picojoules),
      name: index * block + 11,
      bar: index * block + 20,
      end: index * block + 31,
    };
  });
  const height = rows.length * block;
  const most = Math.max(...rows.map(({ nanojoules }) => nanojoules), 1e-6);
  const y = (field: string) => ({
    field,
    type: 'quantitative',
    scale: { domain: [height, 0], nice: false },
    axis: null,
  });
  const texts = (align: 'left' | 'right', field: string) => ({
    mark: { type: 'text', align, baseline: 'middle', ...(align === 'right' && { fill: 'var(--soft)' }) },
    encoding: {
      x: { datum: align === 'left' ? 0 : most, type: 'quantitative' },
      y: y('name'),
      text: { field },
    },
  });
  return {
    id,
    title: `Energy of the synaptic operations: ${group.title}`,
    description: `Per image: ${rows.map(({ label, text }) => `${label} ${text}`).join(', ')}.`,
    spec: {
      height: height + 44,
      data: { values: rows },
      layer: [
        {
          mark: { type: 'rect' },
          encoding: {
            x2: { field: 'zero' },
            x: {
              field: 'nanojoules',
              type: 'quantitative',
              title: 'nanojoules per image',
              axis: { tickCount: 4, format: ',d', grid: true },
              scale: { domain: [0, most], nice: false },
            },
            y: y('bar'),
            y2: { field: 'end' },
            color: {
              condition: { test: `datum.label === '${conventional}'`, value: 'var(--open)' },
              value: 'var(--ink)',
            },
          },
        },
        texts('left', 'label'),
        texts('right', 'text'),
      ],
    },
  };
}
