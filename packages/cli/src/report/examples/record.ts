import * as v from 'valibot';

/** The file of a unit's folder that holds what the report shows of single examples. */
export const exhibitsFile = 'exhibits.json';

const number = v.number('a number');
const text = v.string('a text');
const numbers = v.array(number, 'a list of numbers');
const shape = v.strictTuple([number, number, number], 'three sizes');

/** What an input makes the network do. Bits are packed eight to a byte, the first in the lowest, in base64. */
const runSchema = v.looseObject({
  prediction: number,
  scores: numbers,
  /** 0 to 255, `[channels, height, width]`, base64; null for spikes. */
  pixels: v.nullable(text),
  /** Bits `[steps, channels, height, width]`; null for pixels fed as they are. */
  spikes: v.nullable(text),
  /** Per layer bits `[steps, neurons]`; empty for one that does not fire. */
  layers: v.array(text, 'a list of texts'),
});

const exhibitSchema = v.looseObject({
  role: v.picklist(['fragile', 'robust'], 'fragile or robust'),
  sample: number,
  label: number,
  correct: v.boolean('true or false'),
  certified: v.boolean('true or false'),
  fooled: v.boolean('true or false'),
  /** Least lower bound over the rival classes; null: unknown. */
  margin: v.nullable(number),
  attack_margin: v.nullable(number),
  clean: runSchema,
  /** Null where no attack found one. */
  adversarial: v.nullable(runSchema),
});

export const exhibitsSchema = v.looseObject(
  {
    format: v.literal('certispike-exhibits', '"certispike-exhibits"'),
    version: v.literal(1, '1'),
    region: text,
    encoding: v.picklist(['rate', 'direct', 'spikes'], 'rate, direct or spikes'),
    shape,
    steps: number,
    seed: number,
    layers: v.array(v.looseObject({ name: text, neurons: number }), 'a list of layers'),
    examples: v.array(exhibitSchema, 'a list of examples'),
  },
  'a JSON object',
);

export type Exhibits = v.InferOutput<typeof exhibitsSchema>;
export type Exhibit = v.InferOutput<typeof exhibitSchema>;
export type ExhibitRun = v.InferOutput<typeof runSchema>;

/** Zeros and ones in base64, eight to a byte. */
export function packed(bits: ArrayLike<number>): string {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (let index = 0; index < bits.length; index += 1) {
    if (bits[index] !== 0) bytes[index >> 3]! |= 1 << (index & 7);
  }
  return Buffer.from(bytes).toString('base64');
}

/** The first `length` of {@link packed} bits; zeros where there are fewer. */
export function unpacked(text: string, length: number): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  return Uint8Array.from({ length }, (_, index) => ((bytes[index >> 3] ?? 0) >> (index & 7)) & 1);
}
