// What fast-check draws is the same in every run; CERTISPIKE_TEST_SEED draws something else.
import * as fc from 'fast-check';
import { seed } from '../scripts/test/seed.mjs';

fc.configureGlobal({ seed: seed() });
