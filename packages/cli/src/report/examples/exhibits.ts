import { join } from 'node:path';
import { type Engine, isPool, loadAdversarial, type Model, type Source } from '@certispike/sdk';
import { describeLayer } from '../../description.js';
import { writeWhole } from '../../output.js';
import { readPerExample } from '../../reproduce/reading.js';
import type { UnitRecord } from '../../reproduce/record.js';
import { attackedRecord } from '../results.js';
import { choice } from './choice.js';
import { type Exhibits, exhibitsFile } from './record.js';
import { type Keyed, traced, tracedOnSpikes } from './traced.js';

/** A unit whose examples are to be looked at. */
export interface ExhibitTask {
  readonly engine: Engine;
  readonly model: Model;
  /** The examples that were certified and attacked. */
  readonly source: Source;
  /** Of the unit. */
  readonly folder: string;
  readonly unit: UnitRecord;
  readonly signal?: AbortSignal;
}

/**
 * Keeps what a report shows of a unit's most fragile and most robust examples: pixels, and the spikes of input and layers
 * before and after the attack. Writes `exhibits.json` into the unit's folder.
 * @throws CliError for records that cannot be read, CertispikeError as `trace`
 */
export async function keepExhibits(task: ExhibitTask): Promise<void> {
  const kept = await exhibitsOf(task);
  await writeWhole('folder', join(task.folder, exhibitsFile), `${JSON.stringify(kept)}\n`);
}

async function exhibitsOf({ engine, model, source, folder, unit, signal }: ExhibitTask): Promise<Exhibits> {
  const { region, steps, seed, per_example, adversarial: file } = attackedRecord(unit.results);
  const record = await readPerExample(folder, per_example);
  const stored = file === null ? undefined : await loadAdversarial(join(folder, file));
  const adversarial = new Map(stored?.adversarial.map((example) => [example.sample, example.values]));
  const chosen = choice(record, (sample) => adversarial.has(sample));
  const clean = await collected(
    source,
    chosen.map(({ place }) => record.sample[place] ?? 0),
  );
  const attacked = clean.flatMap((input) => {
    const values = adversarial.get(input.sample);
    return values === undefined ? [] : [{ ...input, values }];
  });
  const showing = { steps, seed, signal };
  const { input, layers } = model.network;
  const before = await traced(engine, model, clean, showing);
  const onSpikes = stored?.kind === 'spikes' && input.encoding !== 'spikes';
  const after = await (onSpikes ? tracedOnSpikes : traced)(engine, model, attacked, showing);
  const drawn = layers.filter((layer) => !isPool(layer));
  return {
    ...{ format: 'certispike-exhibits', version: 1, region, encoding: input.encoding, shape: [...input.shape] },
    ...{ steps, seed },
    layers: drawn.map((layer, number) => ({ name: describeLayer(layer), neurons: before.neurons[number] ?? 0 })),
    examples: chosen.flatMap(({ role, place }) => {
      const sample = record.sample[place] ?? 0;
      const run = before.runs.get(sample);
      if (run === undefined) return [];
      return [
        {
          ...{ role, sample, label: record.label[place] ?? 0, correct: record.correct[place] === 1 },
          ...{ certified: record.certified[place] === 1, fooled: record.fooled?.[place] === 1 },
          ...{ margin: record.margin[place] ?? null, attack_margin: record.attack_margin?.[place] ?? null },
          ...{ clean: run, adversarial: after.runs.get(sample) ?? null },
        },
      ];
    }),
  };
}

/** The examples of some keys, in the order of the source. */
async function collected(source: Source, samples: readonly number[]): Promise<Keyed[]> {
  const wanted = new Set(samples);
  const found: Keyed[] = [];
  for await (const batch of source.batches({ size: 256 })) {
    const size = batch.images.length / batch.labels.length;
    for (const [index, sample] of batch.samples.entries()) {
      if (!wanted.delete(sample)) continue;
      const values = batch.images.slice(index * size, (index + 1) * size);
      found.push({ sample, label: batch.labels[index] ?? 0, values });
    }
    if (wanted.size === 0) break;
  }
  return found;
}
