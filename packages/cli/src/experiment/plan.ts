import type { PlanInput, RunPlan, StartInput } from '../reproduce/plan.js';
import { readPlan } from '../reproduce/plan.js';
import experiment from './plan.json' with { type: 'json' };

/** Figures of others to compare with; fractions of the examples. */
export interface Published {
  readonly label: string;
  readonly readout: string;
  readonly accuracy: number;
  readonly sIbpError: number;
}

/** What `certispike start` does. */
export interface Plan extends RunPlan {
  readonly published: readonly Published[];
}

/**
 * The experiment of `certispike start`.
 * @param quick a few thousand images only, to see that all works
 * @param data replaces the data set of the presets
 */
export function plan(quick: boolean, data?: string): Plan {
  const { quick: short, published, units, ...rest } = experiment;
  const config = { ...(quick ? short.config : {}), ...(data === undefined ? {} : { data }) };
  const input: PlanInput = {
    ...rest,
    quick,
    ...(quick ? { ...short.settings, remarks: short.remarks } : {}),
    units: units.map((unit) => ({ ...unit, ...trainedWith(config, unit) })),
  };
  return { ...readPlan(input), published };
}

interface Training {
  readonly preset: string;
  readonly start?: Training;
}

/** A training and those it starts from, all with the same fields replaced. */
function trainedWith(config: Record<string, unknown>, { preset, start }: Training): StartInput {
  return { preset, config, ...(start !== undefined && { start: trainedWith(config, start) }) };
}
