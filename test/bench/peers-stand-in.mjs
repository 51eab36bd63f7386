// Stands in for Python: makes environments, installs nothing, and serves as a peer that knows no numbers.
//     node peers-stand-in.mjs <behaviour as JSON> <path it was called by> <Python's arguments>
import { appendFileSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';

const [behaviour, self, ...args] = process.argv.slice(2);
const { calls, version = '3.12', venv = true, pip = true, broken = [] } = JSON.parse(behaviour);
appendFileSync(calls, `${JSON.stringify({ pid: process.pid, args })}\n`);

function fail(reason) {
  console.error(reason);
  process.exit(1);
}

function makeVenv(folder) {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  copyFileSync(self, join(folder, 'bin', 'python'));
}

function exportNetwork(folder) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'network.onnx'), 'no network');
  writeFileSync(join(folder, 'images.f32'), new Uint8Array(new Float32Array([0, 0.5, 1, 0.25]).buffer));
  writeFileSync(join(folder, 'draws.f32'), new Uint8Array(new Float32Array([0, 0.4, 0.9, 0.3, 0, 0.6, 0, 0]).buffer));
  console.log(JSON.stringify({ pixels: 2, steps: 2 }));
}

const answers = {
  open: ({ gemm }) => ({ versions: { torch: '0.0' }, ...(gemm ? { gemm: 50, gemmAll: 100 } : {}) }),
  prepare: () => null,
  run: ({ count }) => new Array(count).fill(12.5),
  check: () => ({
    scores: [
      [0.5, 1],
      [0, 0.25],
    ],
    loss: 2.5,
  }),
};

function serve(module) {
  let workload;
  createInterface({ input: process.stdin }).on('line', (line) => {
    const question = JSON.parse(line);
    workload = question.workload ?? workload;
    if (broken.includes(module)) console.log(JSON.stringify({ error: 'ImportError: no module' }));
    else if (workload?.name === 'fails' && question.command === 'run')
      console.log('{"error":"RuntimeError: too much"}');
    else if (workload?.name === 'dies' && question.command === 'run') fail('one more line\nMemoryError: no memory');
    else if (workload?.name === 'babbles' && question.command === 'run') console.log('Hello');
    else if (workload?.name === 'hangs' && question.command === 'run')
      process.stdin.on('end', () => setInterval(Math.random, 1e6));
    else console.log(JSON.stringify({ result: answers[question.command](question) }));
  });
}

const [first, second] = args;
if (first === '-c') {
  if (!venv) fail("Traceback ...\nModuleNotFoundError: No module named 'ensurepip'");
  console.log(version);
} else if (first === '-m' && second === 'venv') makeVenv(args[2]);
else if (first === '-m' && second === 'pip') {
  if (!pip) fail('Looking ...\nERROR: No matching distribution found for torch==0.0\nmore');
} else if (basename(first) === 'lif_graph.py') exportNetwork(args[2]);
else serve(second);
