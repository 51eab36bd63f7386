import { spawn } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { at } from '../../scripts/setup/places.mjs';
import { Project } from './project.mjs';

const making = `
import { createEngine, linear, network, rate, saveModel } from '@certispike/sdk';
const engine = await createEngine({ workers: 1 });
const layers = [linear(128), linear(10)];
const net = network({ input: rate([1, 28, 28], { steps: 10 }), layers, readout: 'membrane' });
await saveModel(engine.createModel(net, { seed: 1 }), 'model.safetensors');
await engine.dispose();
`;

const pixels = Array.from({ length: 784 }, (_, index) => (index % 7) / 10);

let project;
let service;
let address;

/** Starts the service as its README says, with settings in the environment. */
async function start(settings = {}) {
  const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production', PORT: '0', ...settings };
  service = spawn(process.execPath, ['service.mjs'], {
    cwd: project.path(),
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  address = await new Promise((resolve, reject) => {
    service.stdout.on('data', (chunk) => {
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(chunk);
      if (found) resolve(found[0]);
    });
    service.once('exit', (code) => reject(new Error(`the service ended with ${code}`)));
  });
}

/** Asks it to stop; how it ended. */
async function stop() {
  const ended = new Promise((resolve) => service.once('exit', resolve));
  service.kill('SIGTERM');
  return ended;
}

const post = (content) =>
  fetch(`${address}/certify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(content),
  });

/** Requests from a process of its own, so many at once: answers by status, and how many gave none. */
async function load(connections, amount) {
  project.write('body.json', JSON.stringify({ pixels }));
  const args = ['-c', `${connections}`, '-a', `${amount}`, '-t', '250', '-m', 'POST'];
  const content = ['-H', 'content-type=application/json', '-i', 'body.json', '--json', `${address}/certify`];
  const { stdout } = await project.bin('autocannon', [...args, ...content]);
  const { statusCodeStats, errors, timeouts } = JSON.parse(stdout);
  const counts = Object.fromEntries(Object.entries(statusCodeStats).map(([status, { count }]) => [status, count]));
  return { counts, lost: errors + timeouts };
}

/** A request that the service has begun to read: `finish` sends its content and resolves to the status of the answer. */
async function begun() {
  const headers = { 'content-type': 'application/json', expect: '100-continue' };
  const sent = request(`${address}/certify`, { method: 'POST', headers, agent: false });
  const status = new Promise((resolve, reject) => {
    sent.once('response', (response) => resolve(response.resume().statusCode)).once('error', reject);
  });
  await new Promise((resolve) => {
    sent.once('continue', resolve).flushHeaders();
  });
  return {
    finish() {
      sent.end(JSON.stringify({ pixels }));
      return status;
    },
  };
}

beforeAll(async () => {
  project = new Project();
  const manifest = JSON.parse(readFileSync(at('examples/service/package.json')));
  cpSync(at('examples/service/service.mjs'), project.path('service.mjs'));
  const others = Object.entries(manifest.dependencies).filter(([name]) => !name.startsWith('@certispike/'));
  await project.install('sdk', ...others.map(([name, version]) => `${name}@${version}`), 'autocannon@8.0.0');
  project.write('making.mjs', making);
  await project.run(process.execPath, ['making.mjs']);
});
afterAll(() => project.remove());

describe('as it comes', () => {
  beforeAll(() => start({ TIMEOUT: '250000' }));
  afterAll(() => service.kill('SIGKILL'));

  test('an image gets its class and a certificate', async () => {
    const response = await post({ pixels });
    const { prediction, certified, epsilon, scores, margins } = await response.json();
    expect(response.status).toBe(200);
    expect(scores[prediction]).toBe(Math.max(...scores));
    expect(certified).toBe(margins.every((margin) => margin > 0));
    expect([epsilon, margins.length]).toEqual([0.06, 9]);
  });

  test.each([
    ['no pixels', {}],
    ['too few', { pixels: [0.5] }],
    ['a pixel that is none', { pixels: pixels.with(3, 2) }],
  ])('%s are refused by name', async (_, content) => {
    const response = await post(content);
    expect(response.status).toBe(400);
    expect((await response.json()).message).toMatch(/pixels/);
  });

  test('health and metrics are there', async () => {
    const health = await (await fetch(`${address}/health`)).json();
    expect(health).toMatchObject({ ready: true });
    const metrics = await (await fetch(`${address}/metrics`)).text();
    expect(metrics).toMatch(/certispike_answers_total\{status="200"\} \d+/);
  });

  test('forty connections at once get an answer each time', async () => {
    const { counts, lost } = await load(40, 200);
    expect(lost).toBe(0);
    expect(counts).toEqual({ 200: 200 });
  });

  test('it ends what it has begun, and goes', async () => {
    const requests = await Promise.all(Array.from({ length: 8 }, begun));
    const answers = Promise.all(requests.map((each) => each.finish()));
    const code = await stop();
    expect(new Set(await answers)).toEqual(new Set([200]));
    expect(code).toBe(0);
  });
});

test('more than the queue holds is refused, clearly, and the rest is answered', async () => {
  await start({ QUEUE: '4', TIMEOUT: '250000' });
  try {
    const { counts, lost } = await load(60, 300);
    expect(lost).toBe(0);
    expect(Object.keys(counts).sort()).toEqual(['200', '503']);
    expect(counts[200] + counts[503]).toBe(300);
  } finally {
    await stop();
  }
});

test('what takes too long is given up', async () => {
  await start({ TIMEOUT: '0' });
  try {
    const response = await post({ pixels });
    expect([response.status, await response.json()]).toEqual([504, { error: 'no answer within 0 ms' }]);
  } finally {
    await stop();
  }
});
