import { energyPlot } from '../figures/energy.js';
import type { Group, Member } from '../groups.js';
import { count, joules } from '../numbers.js';
import { figureOf, type Section, type TableColumn, tableOf, type Writer } from '../page/blocks.js';
import { markup, type Markup } from '../page/markup.js';
import type { EnergyRecord } from '../../reproduce/record.js';

/** A network whose spikes were counted. */
interface Counted {
  readonly member: Member;
  readonly energy: EnergyRecord;
}

/** Spikes, synaptic operations and the energy they stand for. */
export async function energy(writer: Writer, groups: readonly Group[]): Promise<Section | undefined> {
  const counted = groups.map(({ title, members }) => ({
    title,
    rows: members.flatMap((member): Counted[] => {
      const { energy: own } = member.unit.record;
      return own === null ? [] : [{ member, energy: own }];
    }),
  }));
  const known = counted.filter(({ rows }) => rows.length > 0);
  const [first] = known[0]?.rows ?? [];
  if (first === undefined) return undefined;
  const columns: TableColumn<Counted>[] = [
    { title: 'training', cell: ({ member }) => member.label },
    { title: 'spikes', isNumber: true, cell: ({ energy: own }) => count(own.spikes) },
    {
      title: 'rate, %',
      isNumber: true,
      cell: ({ energy: own }) => {
        const neurons = own.layers.reduce((sum, layer) => sum + layer.neurons, 0);
        return neurons === 0 ? '–' : ((100 * own.spikes) / neurons / own.steps).toFixed(2);
      },
    },
    { title: 'accumulates', isNumber: true, cell: ({ energy: own }) => count(own.accumulates) },
    { title: 'multiply-accumulates', isNumber: true, cell: ({ energy: own }) => count(own.multiply_accumulates) },
    { title: 'energy', isNumber: true, cell: ({ energy: own }) => joules(own.energy.picojoules) },
    { title: 'conventional', isNumber: true, cell: ({ energy: own }) => joules(own.energy.conventional_picojoules) },
  ];
  const caption = markup`Spikes and synaptic operations of one image, means over ${count(first.energy.examples)} images, and the
    energy that they stand for (${first.energy.energy.figures}). Memory, neurons and communication are not in it.
    <em>Conventional</em>: one pass of a network of the same shape without spikes.`;
  const plots: { plot: NonNullable<ReturnType<typeof energyPlot>>; heading: string }[] = [];
  for (const group of groups) {
    const plot = energyPlot(writer.id(`energy ${group.title}`), group);
    if (plot !== undefined) plots.push({ plot, heading: group.title });
  }
  const drawn: Markup = await figureOf(writer, plots, {
    caption: markup`Energy of the synaptic operations of one image.`,
  });
  return { id: writer.id('energy'), title: 'Energy', body: [tableOf(writer, caption, columns, known), drawn] };
}
