import * as fc from 'fast-check';
import { seed } from '../../scripts/test/seed.mjs';

test('property tests draw the same in every run', () => {
  expect(fc.readConfigureGlobal().seed).toBe(seed());
  expect(seed(undefined)).toBe(1);
  expect(seed('17')).toBe(17);
});

test.each(['', 'random', '-1', '1.5', '4294967296'])('a seed %j is refused', (given) => {
  expect(() => seed(given)).toThrow(`CERTISPIKE_TEST_SEED: expected an integer from 0 to 2147483647, got "${given}".`);
});
