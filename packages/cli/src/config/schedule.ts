import * as v from 'valibot';
import { atLeast, fraction, whole } from './field.js';

const example = 'or a schedule such as linear:0:0.06:0.05:0.65';
const progress = fraction('a share of the training from 0 to 1');

/** A number from 0 up, or a schedule of such numbers. */
export const amount = numberOrSchedule(atLeast(0, `a number from 0 up, ${example}`), atLeast(0));

/** A share from 0 to 1, or a schedule of such shares. */
export const share = numberOrSchedule(fraction(`a number from 0 to 1, ${example}`), fraction());

/** Time steps, or a schedule of them. */
export const changingSteps = numberOrSchedule(whole(1), atLeast(1));

type Amount = v.GenericSchema<number, number>;

/** A `number`, or `value`s that change with the training's progress: the SDK's schedules, as JSON. */
function numberOrSchedule(number: Amount, value: Amount) {
  const ramp = { from: value, to: value, start: progress, end: progress };
  const schedules = v.variant(
    'kind',
    [
      v.strictObject({ kind: v.literal('constant'), value }),
      v.strictObject({ kind: v.literal('linear'), ...ramp }),
      v.strictObject({ kind: v.literal('smooth'), ...ramp }),
      v.strictObject({ kind: v.literal('staircase'), ...ramp, epochs: whole(1) }),
      v.strictObject({ kind: v.literal('steps'), values: v.array(v.tuple([progress, value]), 'a list of pairs') }),
    ],
    'one of constant, linear, smooth, staircase, steps',
  );
  // Not a union: its complaint about a schedule would be that it is no number.
  return v.lazy((input): Amount | typeof schedules =>
    typeof input === 'object' && input !== null ? schedules : number,
  );
}
