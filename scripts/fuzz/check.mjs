import fc from 'fast-check';
import { damaged } from './damage.mjs';

/** While it reads, a target may allocate this many times what may come out, and a little for the runtime's own buffers. */
const WORKING = 10;
const RUNTIME = 2 ** 20;

/** Resolves to `{ name, cases, read, refused, largest, failure }`; `failure` has the message and the bytes. */
export async function checkTarget(target, { cases, seed, onCase = () => {} }) {
  const { name, files, read, isRefusal, multiple, extra } = target;
  const outcome = { name, cases: 0, read: 0, refused: {}, largest: 0 };

  async function attempt(bytes) {
    onCase();
    outcome.cases += 1;
    const limit = multiple * bytes.length + extra;
    const before = process.memoryUsage().arrayBuffers;
    let size;
    try {
      size = await read(bytes);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const code = error.code ?? error.name;
      outcome.refused[code] = (outcome.refused[code] ?? 0) + 1;
    }
    const allocated = process.memoryUsage().arrayBuffers - before;
    if (allocated > WORKING * limit + RUNTIME) {
      throw new Error(`allocated ${allocated} bytes for a file of ${bytes.length}`);
    }
    if (size === undefined) return;
    outcome.read += 1;
    outcome.largest = Math.max(outcome.largest, size / Math.max(1, bytes.length));
    if (size > limit) throw new Error(`${size} bytes came out of a file of ${bytes.length}, at most ${limit} may`);
  }

  const whole = files();
  for (const file of whole) await attempt(file);
  const refused = Object.values(outcome.refused).reduce((sum, count) => sum + count, 0);
  if (refused > 0)
    return { ...outcome, failure: { message: `refuses whole files: ${JSON.stringify(outcome.refused)}` } };
  const run = await fc.check(fc.asyncProperty(damaged(whole), attempt), { numRuns: cases, seed, endOnFailure: false });
  if (!run.failed) return outcome;
  const [bytes] = run.counterexample ?? [];
  const { errorInstance: error } = run;
  return {
    ...outcome,
    failure: { message: error?.stack ?? String(error ?? run.error), bytes, path: run.counterexamplePath },
  };
}
