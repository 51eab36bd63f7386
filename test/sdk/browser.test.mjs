import { existsSync } from 'node:fs';
import * as sdk from '@certispike/sdk';
import { chromium } from 'playwright-core';
import { sameBits } from './same-bits.mjs';
import { startSite } from './site.mjs';

const path = [process.env.CHROMIUM_PATH, '/usr/bin/chromium'].find((candidate) => candidate && existsSync(candidate));
const inChromium = path ? describe : describe.skip;
if (!path) console.warn('NOT RUN: the browser tests (CHROMIUM_PATH names no Chromium; `npm test` sets it)');

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

inChromium('Chromium', () => {
  let browser;
  beforeAll(async () => (browser = await chromium.launch({ executablePath: path, args: flags })));
  afterAll(() => browser.close());

  /** Runs a function in a page; what goes wrong there fails the test. */
  async function inPage(isolated, work) {
    const site = await startSite(isolated);
    const page = await browser.newPage();
    const problems = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    try {
      await page.goto(site.url);
      const result = await page.evaluate(work);
      expect(problems).toEqual([]);
      return result;
    } finally {
      await page.close();
      await site.close();
    }
  }

  test.each([
    ['shared memory', true],
    ['copies', false],
  ])('training, prediction and both bounds give the same bits as in Node, with %s', async (_, isolated) => {
    const result = await inPage(isolated, async () => {
      const inBrowser = await import('/packages/sdk/dist/browser.js');
      const { sameBits: run } = await import('/test/sdk/same-bits.mjs');
      return { shares: globalThis.crossOriginIsolated, bits: await run(inBrowser, 2) };
    });
    expect(result.shares).toBe(isolated);
    expect(result.bits).toEqual(await sameBits(sdk, 1));
  });

  test('files are refused, models go through bytes', async () => {
    const result = await inPage(false, async () => {
      const { createEngine, modelFromBytes, modelToBytes, paper, saveModel } =
        await import('/packages/sdk/dist/browser.js');
      const engine = await createEngine({ workers: 1 });
      const model = engine.createModel(paper.fc(), { seed: 1 });
      const refused = await saveModel(model, 'model').catch(({ code, message }) => ({ code, message }));
      const copy = await modelFromBytes(engine, await modelToBytes(model));
      const [before, after] = [model, copy].map((own) => own.tensor('layers.2.weight'));
      await engine.dispose();
      return { refused, same: before.every((value, index) => value === after[index]) };
    });
    expect(result.refused).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('variant with bytes'),
    });
    expect(result.same).toBe(true);
  });

  test('networks of other frameworks are read, and graphs written', async () => {
    const result = await inPage(false, async () => {
      const { createEngine } = await import('/packages/sdk/dist/browser.js');
      const { convert, modelFrom, toNir } = await import('/packages/sdk/dist/convert-browser.js');
      const fetched = async (name) => (await fetch(`/test/convert/traces/${name}`)).arrayBuffer();
      const { options } = JSON.parse(new TextDecoder().decode(await fetched('snntorch-conv-grid.json')));
      const engine = await createEngine({ workers: 1 });
      const state = new Uint8Array(await fetched('snntorch-conv-grid.pth'));
      const { model, report } = await modelFrom(engine, state, options);
      const { network } = await convert(await toNir(model));
      const same = JSON.stringify(network) === JSON.stringify(model.network);
      await engine.dispose();
      return { origin: report.origin, same };
    });
    expect(result).toEqual({ origin: 'snntorch', same: true });
  });

  test('a thousand certificates and fifty engines leave nothing behind', async () => {
    const site = await startSite(false);
    const page = await browser.newPage();
    const session = await page.context().newCDPSession(page);
    const heap = async () => {
      await session.send('HeapProfiler.collectGarbage');
      const { usedSize } = await session.send('Runtime.getHeapUsage');
      return usedSize;
    };
    try {
      await page.goto(site.url);
      const run = (name, count) =>
        page.evaluate(
          async ([called, times]) => {
            const inBrowser = await import('/packages/sdk/dist/browser.js');
            const leaks = await import('/test/sdk/leaks.mjs');
            return leaks[called](inBrowser, times);
          },
          [name, count],
        );
      await run('manyEngines', 5);
      const start = await heap();
      const { before, after } = await run('manyCertificates', 1000);
      await run('manyEngines', 50);
      expect(after).toBe(before);
      expect((await heap()) - start).toBeLessThan(2_000_000);
      expect(page.workers()).toEqual([]);
    } finally {
      await page.close();
      await site.close();
    }
  }, 180_000);

  test('a worker that ends with an error is replaced', async () => {
    const result = await inPage(true, async () => {
      const [inBrowser, toy] = await Promise.all([
        import('/packages/sdk/dist/browser.js'),
        import('/test/sdk/toy.mjs'),
      ]);
      const { arrays, createEngine, evaluate } = inBrowser;
      const { postMessage } = Worker.prototype;
      let failures = 0;
      Worker.prototype.postMessage = function (message, ...rest) {
        postMessage.call(this, message, ...rest);
        if (message.path?.[0] !== 'run' || failures > 0) return;
        failures += 1;
        this.dispatchEvent(new ErrorEvent('error', { message: 'out of memory' }));
      };
      const engine = await createEngine({ workers: 2 });
      const model = engine.createModel(toy.denseNetwork(inBrowser), { seed: 3 });
      const [first, second] = [
        await evaluate(engine, model, arrays(toy.stripes(60))),
        await evaluate(engine, model, arrays(toy.stripes(60))),
      ];
      await engine.dispose();
      return { failures, same: toy.digest(first.scores) === toy.digest(second.scores) };
    });
    expect(result).toEqual({ failures: 1, same: true });
  });

  test('a worker that cannot be loaded is told of', async () => {
    const work = async () => {
      const { createEngine } = await import('/packages/sdk/dist/browser.js');
      const { Worker } = globalThis;
      globalThis.Worker = class extends Worker {
        constructor() {
          super('/missing.js', { type: 'module' });
        }
      };
      return createEngine({ workers: 2 }).catch(({ code, message }) => ({ code, message }));
    };
    const result = await inPage(false, work);
    expect(result).toMatchObject({ code: 'worker-died', message: expect.stringContaining('could not be loaded') });
  });

  test('a package whose core is missing says so', async () => {
    const result = await inPage(false, async () => {
      const { createEngine } = await import('/packages/sdk/dist/browser.js');
      const original = globalThis.fetch;
      globalThis.fetch = async () => new Response('no', { status: 404 });
      const refused = await createEngine().catch(({ code, message }) => ({ code, message }));
      globalThis.fetch = original;
      const engine = await createEngine({ workers: 1 });
      await engine.dispose();
      return refused;
    });
    expect(result).toMatchObject({ code: 'core-load', message: expect.stringContaining('404') });
  });
});
