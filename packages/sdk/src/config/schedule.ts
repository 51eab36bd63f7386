import * as v from 'valibot';
import { anyNumber, check, deepFrozen, fields, number } from './check.js';

/** From `from` until progress `start` to `to` from progress `end` on. Progress runs from 0 to 1 over the training. */
export interface Ramp {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
}

/** A value as a function of the training's progress, step / total steps; the core computes it. */
export type Schedule =
  | { readonly kind: 'constant'; readonly value: number }
  | ({ readonly kind: 'linear' } & Ramp)
  | ({ readonly kind: 'smooth' } & Ramp)
  | ({ readonly kind: 'staircase'; readonly epochs: number } & Ramp)
  | { readonly kind: 'steps'; readonly values: readonly (readonly [progress: number, value: number])[] };

const progress = number(0, 1);
const ramp = { from: anyNumber(), to: anyNumber(), start: progress, end: progress };

type Pairs = readonly (readonly [number, number])[];

const rise = (values: Pairs) =>
  values[0]?.[0] === 0 && values.every(([at], index) => index === 0 || at > (values[index - 1]?.[0] ?? at));

const pair = v.strictTuple([progress, anyNumber()], 'a pair [progress, value]');

const scheduleSchema = v.pipe(
  v.variant(
    'kind',
    [
      fields({ kind: v.literal('constant'), value: anyNumber() }),
      fields({ kind: v.literal('linear'), ...ramp }),
      fields({ kind: v.literal('smooth'), ...ramp }),
      fields({ kind: v.literal('staircase'), ...ramp, epochs: number(1e-9, 1e9) }),
      fields({ kind: v.literal('steps'), values: v.array(pair, 'a list of pairs [progress, value]') }),
    ],
    'a schedule of kind constant, linear, smooth, staircase or steps',
  ),
  v.check((schedule) => !('start' in schedule) || schedule.start <= schedule.end, 'a start that is not after the end'),
  v.check(
    (schedule) => schedule.kind !== 'steps' || rise(schedule.values),
    'pairs [progress, value] that start at progress 0 and rise',
  ),
);

const made = (schedule: Schedule): Schedule => deepFrozen(check('schedule', scheduleSchema, schedule));

/**
 * Schedules for epsilon, kappa, beta and the learning rate. Each throws CertispikeError `invalid-value` or
 * `invalid-description` when it is not one.
 * @example
 * ```ts
 * import { fit, schedules } from '@certispike/sdk';
 *
 *
 * const epsilon = schedules.linear(0, 0.06, 0.05, 0.65); // 0 for the first 5 %, then rising until 65 %
 * const learningRate = schedules.steps([0, 0.001], [0.8, 0.0001]);
 * for await (const _ of fit(engine, model, train, { method: 's-ibp', epochs: 3, epsilon, learningRate }));
 * ```
 */
export const schedules = Object.freeze({
  /** The same value throughout. */
  constant: (value: number) => made({ kind: 'constant', value }),

  /** In a straight line. */
  linear: (from: number, to: number, start = 0, end = 1) => made({ kind: 'linear', from, to, start, end }),

  /** Quartic over the first quarter of the ramp, then in a straight line (as in auto_LiRPA's smoothed schedule). */
  smooth: (from: number, to: number, start = 0, end = 1) => made({ kind: 'smooth', from, to, start, end }),

  /**
   * The paper's: in three equal stairs per epoch, at 1/6, 3/6 and 5/6 of it.
   * @param epochs how many epochs lie between `start` and `end`
   */
  staircase: (from: number, to: number, start: number, end: number, epochs: number) =>
    made({ kind: 'staircase', from, to, start, end, epochs }),

  /** Piecewise constant: the last value whose progress has been reached; the first is at progress 0. */
  steps: (...values: readonly (readonly [progress: number, value: number])[]) =>
    made({ kind: 'steps', values: values.map(([at, value]) => [at, value] as const) }),
});

/** Largest and smallest value a schedule takes. */
export function extremes(schedule: Schedule): readonly number[] {
  if (schedule.kind === 'constant') return [schedule.value];
  if (schedule.kind === 'steps') return schedule.values.map(([, value]) => value);
  return [schedule.from, schedule.to];
}

/** A number in [min, max] or a schedule of such numbers; the output is a schedule. */
export function scheduled(min: number, max: number) {
  const expected = `a number from ${min} to ${max}, or a schedule of such numbers`;
  const value = number(min, max);
  return v.pipe(
    v.union([value, v.looseObject({})], expected),
    v.transform((given) => (typeof given === 'number' ? { kind: 'constant', value: given } : given)),
    scheduleSchema,
    v.check((schedule) => extremes(schedule).every((extreme) => v.is(value, extreme)), expected),
  );
}
