import { SetupFailure } from '../setup/failure.mjs';

/** Seed of the random shapes and numbers in property tests: the same in every run, so that a commit that passed passes again. */
export function seed(given = process.env.CERTISPIKE_TEST_SEED) {
  const value = Number(given ?? 1);
  if (given === '' || !Number.isInteger(value) || value < 0 || value > 0x7fffffff) {
    throw new SetupFailure(`CERTISPIKE_TEST_SEED: expected an integer from 0 to 2147483647, got "${given}".`);
  }
  return value;
}
