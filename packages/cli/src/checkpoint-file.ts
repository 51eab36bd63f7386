import { rm, stat } from 'node:fs/promises';
import { CliError } from './failure.js';
import { say } from './output.js';

/** Where the state of a training is kept, and how often it is written there. */
export interface CheckpointFile {
  readonly path: string;
  /** Steps between two checkpoints. */
  readonly everySteps: number;
}

/** The checkpoint of the training that writes the model `out`. */
export function checkpointBeside(out: string): string {
  return `${out.replace(/\.safetensors$/, '')}.checkpoint.safetensors`;
}

/**
 * Makes sure that no checkpoint is overwritten by mistake, and discards it when that is wished.
 * @throws CliError `checkpoint-exists`
 */
export async function settleCheckpoint(path: string, wish: { resume: boolean; fresh: boolean }): Promise<void> {
  if (wish.fresh) await rm(path, { force: true });
  const exists = await hasCheckpoint(path);
  if (exists && !wish.resume) {
    throw new CliError(
      'checkpoint-exists',
      `checkpoint: expected none, got that of an interrupted training: ${path}; --resume goes on from it, --fresh discards it`,
    );
  }
  if (!exists && wish.resume) say(`certispike: there is no checkpoint at ${path} yet; starting from the beginning`);
}

/** Whether there is a checkpoint to go on from. */
export async function hasCheckpoint(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
