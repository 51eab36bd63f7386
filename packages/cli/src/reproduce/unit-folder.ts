import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inspectCheckpoint } from '@certispike/sdk';
import { check } from '../config/field.js';
import { type TrainConfig, trainSchema } from '../config/train.js';
import { fileError } from '../failure.js';
import { writeWhole } from '../output.js';
import { readUnit } from './reading.js';
import type { TrainingOutcome, UnitRecord } from './record.js';

/** The folder of a unit: model, checkpoint, history, results. */
export class UnitFolder {
  private constructor(readonly path: string) {}

  /** Opens the folder of a unit and makes it if need be. */
  static async open(run: string, name: string): Promise<UnitFolder> {
    const path = join(run, name);
    try {
      await mkdir(path, { recursive: true });
    } catch (error) {
      throw fileError('folder', path, error);
    }
    return new UnitFolder(path);
  }

  get model(): string {
    return this.at('model.safetensors');
  }

  /** The networks that warm starts begin with, by their place in the plan. */
  start(place: number): string {
    return this.at(`start-${place + 1}.safetensors`);
  }

  get history(): string {
    return this.at('training.json');
  }

  /** The checkpoint of a training; another recipe has another one, so that none is resumed by mistake. */
  checkpoint(recipe: TrainConfig): string {
    const mark = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 8);
    return this.at(`${mark}.checkpoint.safetensors`);
  }

  at(file: string): string {
    return join(this.path, file);
  }

  /**
   * What an earlier run left of the unit.
   * @throws CliError `damaged-run`
   */
  async record(): Promise<UnitRecord | undefined> {
    return (await readUnit(this.path))?.record;
  }

  async keep(record: UnitRecord): Promise<void> {
    await this.write('unit.json', record);
  }

  /** Writes a JSON file of the unit. */
  async write(file: string, value: unknown): Promise<void> {
    await writeWhole('folder', this.at(file), `${JSON.stringify(value, null, 2)}\n`);
  }

  /** Removes what an earlier run left of the unit, and nothing else: the folder may hold the user's own files. */
  async forget(): Promise<void> {
    for (const file of await readdir(this.path)) {
      if (/\.(json|safetensors)$/.test(file)) await rm(this.at(file), { force: true });
    }
  }
}

/** What weights come from. */
export interface Origin {
  readonly recipe: TrainConfig;
  /** The trainings before it, each of which began with the weights of the one before. */
  readonly starts: readonly TrainConfig[];
}

/**
 * How the model in a file was trained, where it was by these recipes: by an earlier run, or by `certispike train` and copied
 * here, which notes no starts. Undefined where there is no such model.
 */
export async function trainedBy({ recipe, starts }: Origin, path: string): Promise<TrainingOutcome | undefined> {
  if ((await stat(path).catch(() => undefined)) === undefined) return undefined;
  const notes = (await inspectCheckpoint(path).catch(() => undefined))?.notes;
  if (notes === undefined || !isSame(notes['recipe'], recipe)) return undefined;
  const noted = notes['starts'];
  const isFrom =
    !Array.isArray(noted) ||
    (noted.length === starts.length && starts.every((start, place) => isSame(noted[place], start)));
  return isFrom ? (notes['training'] as TrainingOutcome | undefined) : undefined;
}

/** Recipes are compared as they are understood now: a field that came later has its default in an older recipe. */
function isSame(noted: unknown, recipe: TrainConfig): boolean {
  try {
    return sorted(check(trainSchema, noted)) === sorted(recipe);
  } catch {
    return false;
  }
}

/** JSON whose fields have one order. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
