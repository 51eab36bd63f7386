/** Counts of tests: { passed, failed, skipped }. */

/** A check that passes or fails as a whole. */
export const asOne = (ok) => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 });

/** Sums cargo's `test result:` lines; a run that fails without a failed test, such as one that does not compile, counts as one. */
export function cargoCounts({ ok, output }) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, ignored] of output.matchAll(
    /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm,
  )) {
    sum.passed += Number(passed);
    sum.failed += Number(failed);
    sum.skipped += Number(ignored);
  }
  return !ok && sum.failed === 0 ? { ...sum, failed: 1 } : sum;
}

/** Counts of jest's JSON report; a file that cannot be run counts as one failed test. */
export function jestCounts({ ok }, report) {
  const sum = {
    passed: report?.numPassedTests ?? 0,
    failed: (report?.numFailedTests ?? 0) + (report?.numRuntimeErrorTestSuites ?? 0),
    skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
  };
  return !ok && sum.failed === 0 ? { ...sum, failed: 1 } : sum;
}
