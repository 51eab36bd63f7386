import * as v from 'valibot';
import { dataFields, dataFlags, dataNames } from './data.js';
import { type Flag, oneOf, text, whole } from './field.js';

const fields = {
  ...dataFields,
  data: v.optional(text(dataNames)),
  split: v.optional(oneOf('test', 'validation', 'train'), 'test'),
  limit: v.optional(whole(1)),
  steps: v.optional(whole(1)),
  seed: v.optional(whole(0), 0),
} satisfies v.ObjectEntries;

/** What a model's activity is counted on. */
export const activitySchema = v.strictObject(fields, 'a JSON object');

/** A checked choice, defaults filled in. Without data nothing is counted. */
export type ActivityConfig = v.InferOutput<typeof activitySchema>;

/** Every field of {@link activitySchema} as a flag. */
export const activityFlags: Readonly<Record<keyof typeof fields, Flag>> = {
  ...dataFlags,
  data: { ...dataFlags.data, help: `examples to run the model on: ${dataNames}` },
  split: { value: '<split>', help: 'test, validation or train (default: test)' },
  limit: { value: '<count>', help: 'the first examples only' },
  steps: { value: '<count>', help: "time steps T (default: the network's)" },
  seed: { value: '<number>', help: 'seed of the draws of rate-coded input (default: 0)' },
};
