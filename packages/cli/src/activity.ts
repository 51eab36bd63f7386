import {
  activity,
  type ActivityResult,
  type Engine,
  energy,
  horowitz45nm,
  type Model,
  type Operations,
} from '@certispike/sdk';
import { type Column, columns, percent } from './columns.js';
import type { ActivityConfig } from './config/activity.js';
import { openDataSet } from './data-set.js';
import { describeLayer } from './description.js';
import type { Meter } from './progress/meter.js';
import type { TrainedReading } from './trained-reading.js';

/** Synaptic operations, as `info --json` reports them. */
interface OperationsRecord {
  readonly accumulates: number;
  readonly multiply_accumulates: number;
}

/** What `info --data` reports; all counts are means per example. */
export interface ActivityRecord extends OperationsRecord {
  readonly data: string;
  readonly split: string;
  readonly examples: number;
  readonly steps: number;
  readonly seed: number;
  /** Per step, inputs that are not zero. */
  readonly input: { readonly kind: 'spikes' | 'pixels'; readonly size: number; readonly spikes: readonly number[] };
  readonly layers: readonly (OperationsRecord & {
    /** Place in the network's list of layers. */
    readonly index: number;
    readonly layer: string;
    readonly neurons: number;
    /** Operations of a step in which every input is on. */
    readonly synapses: number;
    /** Multiply-accumulates of a conventional layer of this shape. */
    readonly dense: number;
    /** Per step. */
    readonly spikes: readonly number[];
    /** Spikes per neuron and step. */
    readonly rate: number;
  })[];
  readonly readout: (OperationsRecord & { readonly synapses: number; readonly dense: number }) | null;
  readonly spikes: number;
  /** Multiply-accumulates of a conventional network of the same shape. */
  readonly dense: number;
  readonly energy: {
    readonly picojoules: number;
    /** Of the conventional network. */
    readonly conventional_picojoules: number;
    readonly figures: string;
  };
}

/** What to count, and on what. */
export interface ActivityTask {
  readonly engine: Engine;
  readonly model: Model;
  readonly data: string;
  readonly config: ActivityConfig;
  /** How recordings are read and cut unless the configuration says it. */
  readonly trained: TrainedReading;
  readonly meter: Meter;
  readonly signal: AbortSignal;
}

/** Counts spikes and synaptic operations of a model, reporting progress. */
export async function runActivity(task: ActivityTask): Promise<ActivityRecord> {
  const { engine, model, data, config, meter, signal } = task;
  const { split, steps, limit, seed } = config;
  const source = (await openDataSet({ ...config, data }, { signal, ...task.trained }))[split];
  const result = await activity(engine, model, source, {
    seed,
    ...(steps !== undefined && { steps }),
    ...(limit !== undefined && { limit }),
    signal,
    onProgress: ({ done, total }) => meter.update({ fraction: done / total, detail: `${done} of ${total}` }),
  });
  meter.succeed(`${result.examples} examples`);
  return { data, split, ...recordOf(result) };
}

/** What was counted, in the form of the records. */
export function recordOf(result: ActivityResult): Omit<ActivityRecord, 'data' | 'split'> {
  const { examples, steps, seed, input, layers, readout, spikes, dense } = result;
  return {
    examples,
    steps,
    seed,
    input,
    layers: layers.map(({ index, layer, neurons, synapses, dense, spikes, rate, ...counts }) => ({
      index,
      layer: describeLayer(layer),
      neurons,
      synapses,
      dense,
      spikes,
      rate,
      ...operations(counts),
    })),
    readout:
      readout === undefined ? null : { synapses: readout.synapses, dense: readout.dense, ...operations(readout) },
    spikes,
    dense,
    ...operations(result),
    energy: {
      picojoules: energy(result),
      conventional_picojoules: energy({ accumulates: 0, multiplyAccumulates: dense }),
      figures: horowitz45nm.source,
    },
  };
}

function operations({ accumulates, multiplyAccumulates }: Operations): OperationsRecord {
  return { accumulates, multiply_accumulates: multiplyAccumulates };
}

/** One line of the tables. */
interface Row {
  readonly title: string;
  readonly neurons?: number;
  readonly spikes?: readonly number[];
  readonly rate?: number;
  readonly counts?: OperationsRecord;
}

/** Steps that the table shows one by one; more are shown in as many stretches. */
const mostColumns = 10;

/** The tables and the estimate of `certispike info --data`. */
export function describeActivity(record: ActivityRecord): string {
  const { data, split, examples, steps, input, layers, readout } = record;
  const rows: Row[] = [
    { title: `input (${input.kind})`, spikes: input.spikes, rate: sum(input.spikes) / input.size / steps },
    ...layers.map((layer) => ({
      title: `${layer.index}: ${layer.layer}`,
      ...(layer.neurons > 0 && { neurons: layer.neurons, spikes: layer.spikes, rate: layer.rate }),
      counts: layer,
    })),
    ...(readout === null ? [] : [{ title: 'readout', counts: readout }]),
    { title: 'all layers', spikes: [record.spikes], counts: record },
  ];
  const right = (title: string, cell: (row: Row) => string): Column<Row> => ({ title, align: 'right', cell });
  const costs = columns<Row>(
    [
      { title: 'per example', cell: ({ title }) => title },
      right('neurons', ({ neurons }) => count(neurons)),
      right('spikes', ({ spikes }) => count(spikes && sum(spikes))),
      right('rate', ({ rate }) => percent(rate, 2)),
      right('AC', ({ counts }) => count(counts?.accumulates)),
      right('MAC', ({ counts }) => count(counts?.multiply_accumulates)),
    ],
    rows,
  );
  const perStep = columns<Row>(
    [
      { title: 'spikes per step', cell: ({ title }) => title },
      ...stretches(steps).map(([first, end]) =>
        right(first + 1 === end ? String(end) : `${first + 1}-${end}`, ({ spikes }) =>
          count(spikes && sum(spikes.slice(first, end)) / (end - first)),
        ),
      ),
    ],
    rows.filter(({ spikes }) => spikes?.length === steps && steps > 0).filter(({ title }) => title !== 'all layers'),
  );
  const { picojoules, conventional_picojoules, figures } = record.energy;
  return [
    `activity: means over ${examples} examples of ${data} (${split}), T = ${steps}`,
    costs,
    perStep,
    `energy of the synaptic operations: ${joules(picojoules)} per example; a conventional network of this shape: ` +
      `${count(record.dense)} MAC, ${joules(conventional_picojoules)}`,
    `estimated with ${figures}; memory, neurons and communication are not in it`,
  ].join('\n');
}

/** Steps `[first, end)` of every column. */
function stretches(steps: number): [first: number, end: number][] {
  const length = Math.ceil(steps / mostColumns);
  return Array.from({ length: Math.ceil(steps / length) }, (_, column) => [
    column * length,
    Math.min(steps, (column + 1) * length),
  ]);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Whole numbers above a hundred, three digits below. */
function count(value: number | undefined): string {
  if (value === undefined) return '-';
  return value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}

function joules(picojoules: number): string {
  const units = ['pJ', 'nJ', 'µJ', 'mJ', 'J'];
  const thousands = picojoules < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(picojoules) / 3));
  return `${(picojoules / 1000 ** thousands).toPrecision(3)} ${units[thousands]}`;
}
