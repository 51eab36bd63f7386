import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../failure.js';
import { writeWhole } from '../output.js';
import type { PlannedNetwork } from './plan.js';
import type { ExperimentRecord, NetworkRecord } from './record.js';

/** What is known so far about a network of an interrupted or repeated run. */
export interface Kept extends Partial<Pick<NetworkRecord, 'recipe' | 'training' | 'outward' | 'nearest'>> {
  /** What was certified, and by which programs: certificates of others are not kept. */
  readonly terms?: unknown;
}

/** The folder of a run: models, what is finished, the results. */
export class RunFolder {
  private constructor(readonly path: string) {}

  /** Opens the folder of a run and makes it if need be. */
  static async open(path: string): Promise<RunFolder> {
    try {
      await mkdir(path, { recursive: true });
    } catch (error) {
      throw fileError('folder', path, error);
    }
    return new RunFolder(path);
  }

  model({ name }: PlannedNetwork): string {
    return join(this.path, `${name}.safetensors`);
  }

  /** The checkpoint of a training; another recipe has another one, so that none is resumed by mistake. */
  checkpoint({ name, recipe }: PlannedNetwork): string {
    const mark = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 8);
    return join(this.path, `${name}.${mark}.checkpoint.safetensors`);
  }

  /** What was kept of a network, as far as it was made by the same recipe. */
  async kept(network: PlannedNetwork): Promise<Kept> {
    const kept = parse(await readFile(this.#record(network), 'utf8').catch(() => '{}'));
    return JSON.stringify(kept.recipe) === JSON.stringify(network.recipe) ? kept : {};
  }

  /** Removes what an earlier run left of a network, and nothing else: the folder may hold the user's own files. */
  async forget(network: PlannedNetwork): Promise<void> {
    for (const path of [this.#record(network), this.model(network), this.checkpoint(network)]) {
      await rm(path, { force: true });
    }
  }

  async keep(network: PlannedNetwork, kept: Kept): Promise<void> {
    await writeWhole('folder', this.#record(network), `${JSON.stringify(kept, null, 2)}\n`);
  }

  /** Writes `results.json`. */
  async finish(record: ExperimentRecord): Promise<void> {
    await writeWhole('folder', join(this.path, 'results.json'), `${JSON.stringify(record, null, 2)}\n`);
  }

  #record({ name }: PlannedNetwork): string {
    return join(this.path, `${name}.json`);
  }
}

function parse(text: string): Kept {
  try {
    return JSON.parse(text) as Kept;
  } catch {
    // Not ours, or from an older version: the work is done again.
    return {};
  }
}
