import { asOne, cargoCounts, jestCounts } from '../../scripts/test/count.mjs';

const output = [
  'running 2 tests',
  'test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s',
  'test result: FAILED. 3 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s',
].join('\n');

test('the results of every test binary are summed', () => {
  expect(cargoCounts({ ok: false, output })).toEqual({ passed: 5, failed: 4, skipped: 1 });
});

test('what fails without a failed test counts as one', () => {
  expect(cargoCounts({ ok: false, output: 'error: could not compile' })).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(jestCounts({ ok: false }, undefined)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(asOne(false)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test('a test file that cannot run counts as a failed test', () => {
  const report = {
    numPassedTests: 7,
    numFailedTests: 1,
    numRuntimeErrorTestSuites: 2,
    numPendingTests: 3,
    numTodoTests: 0,
  };
  expect(jestCounts({ ok: false }, report)).toEqual({ passed: 7, failed: 3, skipped: 3 });
});
