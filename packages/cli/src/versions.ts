import type { Engine } from '@certispike/sdk';
import manifest from '../package.json' with { type: 'json' };

/** The version of the command line. */
export const version: string = manifest.version;

/** What produced a result. */
export function versions({ coreVersion }: Engine): Readonly<Record<string, string>> {
  return { certispike: version, core: coreVersion, node: process.versions.node };
}
