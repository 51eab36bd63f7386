import { availableParallelism, cpus, release, totalmem, type } from 'node:os';

/** What a time depends on besides the program. */
export function machine() {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${type()} ${release().replace(/-.*/, '')}`,
    node: process.versions.node,
    v8: process.versions.v8,
  };
}
