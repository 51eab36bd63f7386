import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openPeers } from '../../scripts/bench/peers/index.mjs';
import { ensureVenv } from '../../scripts/bench/peers/installation.mjs';
import { PeersPlace } from './peers-place.mjs';

// The stand-in for Python is a shell script.
const describeHere = process.platform === 'win32' ? describe.skip : describe;

let place;
beforeEach(() => (place = new PeersPlace()));
afterEach(() => place.remove());

const install = (python) => ensureVenv(place.directory, { python, log: place.log });

/** The message, after checking that it is one line. */
async function reason(promise) {
  const { name, message } = await promise.then(
    () => expect(undefined).toBe('an error'),
    (error) => error,
  );
  expect(name).toBe('PeerFailure');
  expect(message).not.toContain('\n');
  return message;
}

describeHere('the virtual environment', () => {
  test('is made once, and again when the requirements change', async () => {
    const python = place.python();
    await install(python);
    const installed = place.calls().map(({ args }) => args.join(' '));
    expect(installed).toHaveLength(3);
    expect(installed[1]).toMatch(/^-m venv .*\/venv$/);
    expect(installed[2]).toMatch(/^-m pip install --no-deps .*--requirement .*requirements\.txt/);
    expect(place.lines).toHaveLength(1);

    await install(python);
    expect(place.calls()).toHaveLength(3);
    writeFileSync(join(place.directory, 'venv', '.made-from'), 'something else');
    await install(python);
    expect(place.calls()).toHaveLength(6);
  });

  test('needs Python', async () => {
    expect(await reason(install('/nowhere/python3'))).toMatch(/need Python 3\.11 or newer: there is no \/nowhere/);
    expect(place.lines).toEqual([]);
  });

  test('needs a Python that is new enough', async () => {
    expect(await reason(install(place.python({ version: '3.9' })))).toMatch(/need Python 3\.11 or newer: .* is 3\.9$/);
  });

  test('needs venv and pip', async () => {
    expect(await reason(install(place.python({ venv: false })))).toMatch(
      /with venv and pip: .* says ModuleNotFoundError: No module named 'ensurepip'$/,
    );
  });

  test('is tried again after pip failed', async () => {
    const message = await reason(install(place.python({ pip: false })));
    expect(message).toMatch(
      /^pip failed \(1\): ERROR: No matching distribution found for torch==0\.0; all it said is in /,
    );
    const log = /is in (.*)$/.exec(message)[1];
    expect(readFileSync(log, 'utf8')).toMatch(/Looking[^]*more/);
    rmSync(join(place.directory, 'venv'), { recursive: true });
    await install(place.python());
    expect(existsSync(join(place.directory, 'venv', '.made-from'))).toBe(true);
  });
});

describeHere('the peers', () => {
  const before = { ...process.env };
  afterEach(() => Object.assign(process.env, before));

  function open(behaviour) {
    process.env.PYTHON = place.python(behaviour);
    process.env.npm_execpath = place.npm;
    return openPeers({ directory: place.directory, threads: 2, log: place.log });
  }

  // One that has ended may stay in the table of processes until somebody asks for its status.
  const isAlive = ({ pid }) => /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' }).stdout);

  const workload = { name: 'inference', network: 'fc', input: 'rate', model: 'm', batch: 'b', steps: 2 };
  const closed = (peers) => Promise.all(peers.map((peer) => peer.close()));

  test('open, run, check and end', async () => {
    const peers = await open();
    expect(peers.map(({ name }) => name)).toEqual(['pytorch', 'snntorch', 'spikingjelly', 'onnxruntime-web']);
    const [pytorch, , , web] = peers;
    expect(pytorch).toMatchObject({ versions: { torch: '0.0' }, gemm: 50, gemmAll: 100 });
    expect(web).toMatchObject({ versions: { node: process.versions.node, 'onnxruntime-web': '0.1.2' } });
    expect(web.gemm).toBeUndefined();
    for (const peer of peers) await peer.prepare(workload);
    expect(await pytorch.run()).toEqual([12.5]);
    expect(await pytorch.check()).toEqual({ scores: Float32Array.of(0.5, 1, 0, 0.25), loss: 2.5 });
    expect((await web.run(3)).map((time) => time > 0)).toEqual([true, true, true]);
    // Pixels [0, 0.5, 1, 0.25] against the draws of two steps: 2 spikes, then 2; the input has 8 numbers.
    expect(await web.check()).toEqual({ scores: Float32Array.of(4, 8) });
    await web.prepare({ ...workload, input: 'direct' });
    expect(await web.check()).toEqual({ scores: Float32Array.of(1.75, 4) });
    const served = place.calls().filter(({ args }) => args[0].endsWith('serve.py'));
    expect(served).toHaveLength(3);
    expect(served.every(isAlive)).toBe(true);
    await closed(peers);
    expect(served.some(isAlive)).toBe(false);
    await closed(peers);
    expect(await reason(pytorch.run())).toBe('pytorch: is closed');
  });

  test('support what they can do', async () => {
    const peers = await open();
    await closed(peers);
    const able = (network, name) => peers.filter((peer) => peer.supports({ name, network })).map((peer) => peer.name);
    expect(able('fc', 'inference')).toHaveLength(4);
    expect(able('conv', 'inference')).toEqual(['pytorch', 'snntorch', 'spikingjelly']);
    expect(able('fc', 'natural-step')).toEqual(['pytorch', 'snntorch', 'spikingjelly']);
    expect(able('fc', 's-crown-fused-step')).toEqual(['pytorch']);
  });

  test('tell what went wrong, and go on where they can', async () => {
    const peers = await open();
    const [pytorch, snntorch, spikingjelly] = peers;
    await pytorch.prepare({ ...workload, name: 'fails' });
    expect(await reason(pytorch.run())).toBe('pytorch: RuntimeError: too much');
    await pytorch.prepare(workload);
    expect(await pytorch.run()).toEqual([12.5]);
    await snntorch.prepare({ ...workload, name: 'dies' });
    expect(await reason(snntorch.run())).toBe('snntorch: ended (status 1): MemoryError: no memory');
    expect(await reason(snntorch.run())).toBe('snntorch: ended (status 1): MemoryError: no memory');
    await spikingjelly.prepare({ ...workload, name: 'babbles' });
    expect(await reason(spikingjelly.run())).toBe('spikingjelly: expected an answer in JSON, got Hello');
    await closed(peers);
  });

  test('end by force when they are at work for long', async () => {
    const peers = await open();
    await peers[0].prepare({ ...workload, name: 'hangs' });
    const [run] = await Promise.allSettled([peers[0].run(), closed(peers)]);
    expect(run.reason.message).toBe('pytorch: is closed');
    expect(place.calls().some(isAlive)).toBe(false);
  });

  test('all end when one does not start', async () => {
    expect(await reason(open({ broken: ['spikingjelly_peer'] }))).toBe('spikingjelly: ImportError: no module');
    expect(place.calls().some(isAlive)).toBe(false);
  });

  test('do not outlive a program that forgets them, nor keep it alive', async () => {
    await closed(await open());
    const script = `
      import { openPeers } from ${JSON.stringify(new URL('../../scripts/bench/peers/index.mjs', import.meta.url).href)};
      const peers = await openPeers({ directory: ${JSON.stringify(place.directory)}, threads: 1 });
      console.log((await peers[0].run())[0]);
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
    expect(stdout).toBe('12.5\n');
    expect(place.calls().some(isAlive)).toBe(false);
  });
});
