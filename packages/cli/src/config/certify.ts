import * as v from 'valibot';
import { dataFields, dataFlags } from './data.js';
import { atLeast, type Flag, oneOf, text, whole } from './field.js';
import { readRegion, region, regionHelp } from './region.js';
import { readList } from './short-form.js';

const bound = oneOf('s-ibp', 's-crown');

const fields = {
  model: v.optional(text('a model file')),
  ...dataFields,
  split: v.optional(oneOf('test', 'validation', 'train'), 'test'),
  limit: v.optional(whole(1)),
  region: v.optional(region),
  epsilon: v.optional(atLeast(0)),
  clip: v.optional(v.boolean('true or false'), false),
  steps: v.optional(whole(1)),
  seed: v.optional(whole(0), 0),
  bounds: v.optional(v.pipe(v.array(bound, 'a list of s-ibp, s-crown'), v.nonEmpty('a list of s-ibp, s-crown')), [
    's-ibp',
    's-crown',
  ]),
  relaxation: v.optional(oneOf('paper', 'joint'), 'paper'),
  coupling: v.optional(oneOf('coupled', 'per-step'), 'coupled'),
  rounding: v.optional(oneOf('outward', 'nearest'), 'outward'),
  batchSize: v.optional(whole(1), 128),
} satisfies v.ObjectEntries;

/** What to certify and how: the fields of a config file for `certify`. Unknown fields are refused. */
export const certifySchema = v.strictObject(fields, 'a JSON object');

/** A checked configuration of `certify`, defaults filled in. */
export type CertifyConfig = v.InferOutput<typeof certifySchema>;

/** Every field of {@link certifySchema} as a flag; the name is the field's, in kebab case. */
export const certifyFlags: Readonly<Record<keyof typeof fields, Flag>> = {
  model: { value: '<file>', help: 'the model to certify (.safetensors)', read: String },
  ...dataFlags,
  split: { value: '<split>', help: 'test, validation or train (default: test)' },
  limit: { value: '<count>', help: 'certify the first examples only' },
  region: { value: '<region>', help: regionHelp, read: readRegion },
  epsilon: { value: '<number>', help: 'short for --region linf:<number>, in pixel values of 0 to 1' },
  clip: { help: 'cut the region of --epsilon to pixel values of 0 to 1' },
  steps: { value: '<count>', help: "time steps T (default: the network's)" },
  seed: { value: '<number>', help: 'seed of the draws of rate-coded input (default: 0)' },
  bounds: { value: '<list>', help: 's-ibp, s-crown or both with a comma between (default: both)', read: readList },
  relaxation: { value: '<paper|joint>', help: 'relaxation of a neuron in S-CROWN (default: paper)' },
  coupling: { value: '<coupled|per-step>', help: 'whether a pixel is one value over all steps (default: coupled)' },
  rounding: { value: '<outward|nearest>', help: 'outward bounds hold for the arithmetic that runs (default: outward)' },
  batchSize: { value: '<count>', help: 'examples per batch (default: 128)' },
};
