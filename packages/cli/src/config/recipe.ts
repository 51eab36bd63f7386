import { check } from './field.js';
import { presetLayer } from './preset.js';
import { fileLayer, flagLayer, type Layer, resolve } from './resolve.js';
import { type TrainConfig, trainFlags, trainSchema } from './train.js';

/**
 * The training configuration of a call: the preset, then the config file, then the flags, each winning over the one
 * before. A config file may name the preset it starts from in its field `preset`; `--preset` wins over it.
 */
export async function resolveTrain(options: Readonly<Record<string, unknown>>): Promise<TrainConfig> {
  const file = typeof options['config'] === 'string' ? await fileLayer(options['config']) : undefined;
  const { preset: presetOfFile, ...fields } = file?.values ?? {};
  const preset = options['preset'] ?? presetOfFile;
  const layers: Layer[] = [];
  if (preset !== undefined) layers.push(presetLayer(preset));
  if (file !== undefined) layers.push({ ...file, values: fields });
  layers.push(flagLayer(trainFlags, options));
  return resolve(
    trainSchema,
    layers.map((layer, index) => withoutStaleParts(layer, layers.slice(index + 1))),
  );
}

/** The configuration of a preset with some fields replaced. */
export function presetConfig(preset: string, changes: Readonly<Record<string, unknown>> = {}): TrainConfig {
  return check(trainSchema, { ...presetLayer(preset).values, ...changes });
}

/** What says how a network known by name is fed and read. */
const networkParts = new Set(['encoding', 'steps', 'readout']);

/** Without the parts of a named network when a later layer brings a full description, which has its own. */
function withoutStaleParts(layer: Layer, later: readonly Layer[]): Layer {
  if (!later.some(({ values }) => isDescription(values['network']))) return layer;
  const kept = Object.entries(layer.values).filter(([field]) => !networkParts.has(field));
  return { ...layer, values: Object.fromEntries(kept) };
}

function isDescription(network: unknown): boolean {
  return network !== undefined && network !== 'fc' && network !== 'conv';
}
