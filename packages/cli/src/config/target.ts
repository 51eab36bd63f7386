import { linf, type Region } from '@certispike/sdk';
import { CliError } from '../failure.js';
import type { Layer } from './resolve.js';

/** The fields that say what model and what region a call is about. */
interface TargetFields {
  readonly model?: string | undefined;
  readonly region?: Region | undefined;
  readonly epsilon?: number | undefined;
  readonly clip: boolean;
}

/**
 * The configuration with its model and its region, which both have to be named.
 * @param layers where the configuration came from, the flags last
 * @throws CliError `missing-field`, `bad-value`
 */
export function withTarget<Config extends TargetFields>(
  config: Config,
  layers: readonly Layer[],
): Config & { readonly model: string; readonly region: Region } {
  const { model, epsilon, clip } = config;
  if (model === undefined) throw missing('model', 'a model file, as in --model model.safetensors');
  if (config.region !== undefined) {
    // Of two flags it would not be clear which counts; a flag wins over the file's field.
    const given = layers.at(-1)?.values ?? {};
    if (given['epsilon'] !== undefined && given['region'] !== undefined) {
      throw new CliError('bad-value', 'region: expected --region or its short form --epsilon, got both');
    }
    if (given['epsilon'] === undefined) {
      if (given['clip'] === true) {
        throw new CliError('bad-value', 'clip: expected it beside --epsilon, or in the region, as in linf:0.06,clip');
      }
      return { ...config, model, region: config.region };
    }
  }
  if (epsilon === undefined)
    throw missing('epsilon', 'a number, as in --epsilon 0.06, or a region, as in --region flips:k=8');
  return { ...config, model, region: linf(epsilon, { clip }) };
}

function missing(field: string, expected: string): CliError {
  return new CliError('missing-field', `${field}: expected ${expected}, got nothing`);
}
