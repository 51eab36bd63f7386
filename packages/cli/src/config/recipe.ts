import { check } from './field.js';
import { presetLayer } from './preset.js';
import { sizeOf } from './region.js';
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
  const config = resolve(
    trainSchema,
    layers.map((layer, index) => withoutStaleParts(layer, layers.slice(index + 1))),
  );
  const last = (field: string) => layers.findLastIndex(({ values }) => values[field] !== undefined);
  const isNewer = last('region') > last('epsilon') && config.method !== 'natural';
  return isNewer ? { ...config, epsilon: rampTo(config) } : config;
}

/** The ramp to a region's size where a region has been named but no ramp for it: that of the preset, or the presets' usual. */
function rampTo({ region, epsilon = usual }: TrainConfig): TrainConfig['epsilon'] {
  const size = region === undefined ? 0 : sizeOf(region);
  if (typeof epsilon === 'number' || epsilon.kind === 'constant') return size;
  const end = epsilon.kind === 'steps' ? (epsilon.values.at(-1)?.[1] ?? 0) : epsilon.to;
  const scaled = (value: number) => (end === 0 ? size : (value / end) * size);
  if (epsilon.kind === 'steps') return { ...epsilon, values: epsilon.values.map(([at, value]) => [at, scaled(value)]) };
  return { ...epsilon, from: scaled(epsilon.from), to: size };
}

const usual = { kind: 'linear', from: 0, to: 1, start: 0.05, end: 0.65 } as const;

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
