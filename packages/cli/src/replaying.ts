import {
  type Engine,
  loadAdversarial,
  type Model,
  replay,
  type ReplayResult,
  type StoredAdversarial,
} from '@certispike/sdk';
import { columns } from './columns.js';
import { describeRegion } from './description.js';
import { drawExamples } from './look/adversarial.js';
import { amountOf, captionOf } from './look/adversarial-set.js';

/** One stored example that was tried again. */
export interface ReplayedRecord {
  /** Key in the data set. */
  readonly example: number;
  readonly label: number;
  /** Class that the clean input's attack was reported to reach, and the class it is given now. */
  readonly stored_prediction: number;
  readonly prediction: number;
  /** Whether the label's score is not strictly the largest. */
  readonly fooled: boolean;
  /** Whether it lies in the region. */
  readonly contained: boolean;
  /** Largest change of a pixel, or places whose spikes differ. */
  readonly distance: number;
  /** Name of the stage that found it. */
  readonly stage: string;
}

/** What `attack --replay` reports; the form of its `--json` output. */
export interface ReplayRecord {
  readonly model: string;
  readonly file: string;
  readonly examples: number;
  /** Examples that lie in the region and fool the model. */
  readonly holding: number;
  /** Whether the model is the one that was attacked. */
  readonly same_model: boolean;
  readonly region: StoredAdversarial['region'];
  readonly steps: number;
  readonly seed: number;
  readonly each: readonly ReplayedRecord[];
}

/** Stored examples to try again. */
export interface Replaying {
  readonly engine: Engine;
  readonly model: Model;
  /** Name of the model's file. */
  readonly path: string;
  readonly file: string;
  readonly stored: StoredAdversarial;
}

/**
 * The first examples of a file; all unless a limit is given.
 * @throws CertispikeError
 */
export async function openExamples(file: string, limit: number | undefined): Promise<StoredAdversarial> {
  const stored = await loadAdversarial(file);
  return { ...stored, adversarial: stored.adversarial.slice(0, limit) };
}

/** Tries stored examples again. */
export async function runReplay({ engine, model, path, file, stored }: Replaying): Promise<ReplayRecord> {
  const result = await replay(engine, model, stored);
  return {
    model: path,
    file,
    examples: result.examples,
    holding: result.holding,
    same_model: result.isSameModel,
    region: stored.region,
    steps: stored.steps,
    seed: stored.seed,
    each: stored.adversarial.map((_, index) => replayed(stored, result, index)),
  };
}

function replayed({ adversarial, stages }: StoredAdversarial, result: ReplayResult, index: number): ReplayedRecord {
  const { sample, label, prediction, stage } = adversarial[index] as StoredAdversarial['adversarial'][number];
  const { perExample } = result;
  return {
    example: sample,
    label,
    stored_prediction: prediction,
    prediction: perExample.predictions[index] as number,
    fooled: perExample.fooled[index] === 1,
    contained: perExample.contained[index] === 1,
    distance: perExample.distances[index] as number,
    stage: stages[stage]?.name ?? '-',
  };
}

/** Rows that the text shows. */
const shown = 20;

/** A replay for people. */
export function describeReplay(record: ReplayRecord, kind: StoredAdversarial['kind']): string {
  const { examples, holding, each, file, model, region, steps, seed } = record;
  const unit = kind === 'pixels' ? 'largest change' : 'places changed';
  const table = columns<ReplayedRecord>(
    [
      { title: 'example', align: 'right', cell: ({ example }) => String(example) },
      { title: 'label', align: 'right', cell: ({ label }) => String(label) },
      { title: 'now', align: 'right', cell: ({ prediction }) => String(prediction) },
      { title: unit, align: 'right', cell: ({ distance }) => amountOf(kind, distance) },
      { title: 'found by', cell: ({ stage }) => stage },
      { title: '', cell: ({ fooled, contained }) => outcome(fooled, contained) },
    ],
    each.slice(0, shown),
  );
  const more = examples > shown ? [`and ${examples - shown} more`] : [];
  return [
    `${holding} of ${examples} examples of ${file} lie in the region and fool ${model}`,
    ...(examples === 0 ? [] : [table]),
    ...more,
    `${describeRegion(region)}, T = ${steps}, seed ${seed}`,
  ].join('\n');
}

function outcome(fooled: boolean, contained: boolean): string {
  if (!contained) return 'not in the region';
  return fooled ? 'holds' : 'classified correctly';
}

/** Draws stored examples: clean, adversarial and what differs, side by side. */
export function drawReplay(path: string, stored: StoredAdversarial, record: ReplayRecord): Promise<string[]> {
  return drawExamples(path, stored, (index) => {
    const { example, label, prediction, distance, stage } = record.each[index] as ReplayedRecord;
    return captionOf(stored.kind, { sample: example, label, prediction, distance, stage });
  });
}
