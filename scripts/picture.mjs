/**
 * Draws the README's picture: certified error against epsilon for the networks that `npm start` trained.
 *
 *     node scripts/picture.mjs runs/start [--limit N] [--out docs]
 *
 * Writes certified-error.json (the numbers) and certified-error.svg.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mnist } from '@certispike/datasets';
import { certify, createEngine, linf, loadModel } from '@certispike/sdk';
import { parse, View } from 'vega';
import { compile } from 'vega-lite';

const epsilons = [0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1];
const colours = ['#b3261e', '#1f6feb', '#1a7f37'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { limit: { type: 'string' }, out: { type: 'string', default: 'docs' } },
});
const [run] = positionals;
if (run === undefined) {
  console.error('picture: expected the folder of a run, got none (npm start makes one: runs/start)');
  process.exit(2);
}

const rows = await measured(run, values.limit === undefined ? undefined : Number(values.limit));
await mkdir(values.out, { recursive: true });
await writeFile(join(values.out, 'certified-error.json'), `${JSON.stringify(rows, undefined, 2)}\n`);
await writeFile(join(values.out, 'certified-error.svg'), await drawn(rows));

async function measured(folder, limit) {
  const { units } = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8'));
  const { test } = await mnist();
  const engine = await createEngine();
  const all = [];
  for (const unit of units) {
    const model = await loadModel(engine, join(folder, unit, 'model.safetensors'));
    for (const epsilon of epsilons) {
      const result = await certify(engine, model, test, { region: linf(epsilon), seed: 0, limit });
      const { examples, cleanError, certifiedError } = result;
      const network = `${unit.replace(/-(rate|membrane)$/, '')}, ${model.network.readout.kind} readout`;
      all.push({ network, epsilon, examples, cleanError, certifiedError: certifiedError.best });
      console.error(`${network}, epsilon ${epsilon}: ${(100 * certifiedError.best).toFixed(2)} %`);
    }
  }
  await engine.dispose();
  return all;
}

/** Direct labels at the ends of the lines, colours that hold on light and dark pages. */
async function drawn(data) {
  const spec = {
    width: 560,
    height: 300,
    padding: 8,
    background: 'white',
    data: { values: data },
    encoding: {
      x: { field: 'epsilon', type: 'quantitative', title: 'epsilon (largest change of a pixel)' },
      y: {
        field: 'certifiedError',
        type: 'quantitative',
        title: 'certified error, MNIST test images',
        axis: { format: '.0%' },
        scale: { domain: [0, 1] },
      },
      color: {
        field: 'network',
        type: 'nominal',
        title: null,
        scale: { range: colours },
        legend: { orient: 'top', labelLimit: 260 },
      },
    },
    layer: [{ mark: { type: 'line', strokeWidth: 2.5 } }, { mark: { type: 'point', filled: true, size: 55 } }],
    config: { font: 'sans-serif', axis: { labelFontSize: 12, titleFontSize: 13 }, legend: { labelFontSize: 12 } },
  };
  return new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
}
