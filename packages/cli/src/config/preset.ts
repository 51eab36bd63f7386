import { CliError } from '../failure.js';
import { presets } from '../presets/index.js';
import type { Layer } from './resolve.js';

/** The fields of a preset. */
export function presetLayer(name: unknown): Layer {
  const preset = typeof name === 'string' && Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (preset === undefined) {
    const known = Object.keys(presets).join(', ');
    throw new CliError('unknown-preset', `preset: expected one of ${known}, got ${JSON.stringify(name)}`);
  }
  return { values: preset.config, name: (path) => `preset ${String(name)}: ${path}` };
}
