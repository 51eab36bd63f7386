// Runs compiled examples one after the other in the current folder, each with a model of its own, and prints as JSON what each
// printed and how it ended. Arguments: their paths.
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { give } from './examples-given.mjs';

const given = await give();
const log = console.log;
const outcomes = [];
for (const path of process.argv.slice(2)) {
  const lines = [];
  console.log = (...values) => lines.push(format(...values));
  given.refresh();
  const error = await import(pathToFileURL(path)).then(
    () => null,
    (thrown) => String(thrown?.stack ?? thrown),
  );
  outcomes.push({ lines, error });
}
console.log = log;
await given.end();
log(JSON.stringify(outcomes));
