// onnxruntime-web as a process, with the protocol of python/serve.py:
//     node serve.mjs <folder where it is installed> <threads> <python with onnx> <folder for the network>
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const [installation, threads, python, folder] = process.argv.slice(2);
const ort = createRequire(join(installation, 'package.json'))('onnxruntime-web');
ort.env.wasm.numThreads = Number(threads);
const exporter = fileURLToPath(new URL('../python/lif_graph.py', import.meta.url));

/** Milliseconds in which threads that have nothing to do may spin while nobody else is timed. */
const rest = 30;

let task;

const commands = {
  open() {
    const path = join(installation, 'node_modules/onnxruntime-web/package.json');
    const { version } = JSON.parse(readFileSync(path, 'utf8'));
    return { versions: { node: process.versions.node, 'onnxruntime-web': version } };
  },
  async prepare({ workload }) {
    await task?.session.release();
    task = undefined;
    task = await prepared(workload);
  },
  async run({ count }) {
    const times = [];
    while (times.length < count) {
      const start = performance.now();
      await scores(Math.random);
      times.push(performance.now() - start);
    }
    await pause(rest);
    return times;
  },
  async check() {
    const { draws, x, isStill } = current();
    if (!isStill && draws.length !== x.length) throw new Error('the batch has no draws to check with');
    return { scores: [...(await scores((index) => draws[index]))] };
  },
};

function current() {
  if (task === undefined) throw new Error('nothing is prepared');
  return task;
}

async function prepared(workload) {
  const { stdout } = await promisify(execFile)(python, [exporter, JSON.stringify(workload), folder]);
  const { pixels, steps } = JSON.parse(stdout);
  const network = readFileSync(join(folder, 'network.onnx'));
  const session = await ort.InferenceSession.create(network, { executionProviders: ['wasm'], logSeverityLevel: 3 });
  const isStill = workload.input === 'direct';
  const [images, draws] = [floats('images.f32'), floats('draws.f32')];
  const x = isStill ? images : new Float32Array(steps * images.length);
  return { session, images, draws, x, isStill, dims: [x.length / pixels, pixels] };
}

function floats(name) {
  const bytes = readFileSync(join(folder, name));
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/** Encodes the images and runs the network. `draw` gives the number that a pixel has to exceed to spike. */
async function scores(draw) {
  const { session, images, x, isStill, dims } = current();
  if (!isStill) {
    for (let index = 0; index < x.length; index += 1) {
      const pixel = images[index % images.length];
      x[index] = pixel > 0 && pixel > draw(index) ? 1 : 0;
    }
  }
  const told = await session.run({ x: new ort.Tensor('float32', x, dims) });
  return told.scores.data;
}

async function answer(line) {
  try {
    const question = JSON.parse(line);
    return { result: await commands[question.command](question) };
  } catch (error) {
    // A program that fails says why in the last line.
    const reason = String(error.stderr ?? '').trim() || String(error.message);
    return { error: reason.split('\n').pop().trim() };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
}
// Its threads would keep the process alive.
process.exit(0);
