import type { EngineOptions } from '@certispike/sdk';
import type { Command } from 'commander';
import { check, whole } from './config/field.js';
import { readValue } from './config/short-form.js';

/** Options of a call that do not change its result. */
export interface RunOptions {
  readonly workers?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Adds the flags of {@link RunOptions} to a command. */
export function addRunOptions(command: Command): Command {
  return command
    .option('--workers <count>', 'worker threads (default: one per core)', (text) =>
      check(whole(1), readValue(text), () => '--workers'),
    )
    .option('--json', 'print one JSON object on one line of stdout')
    .option('--quiet', 'show no progress');
}

/** The engine's options of a call. */
export function engineOptions({ workers }: RunOptions): EngineOptions {
  return workers === undefined ? {} : { workers };
}
