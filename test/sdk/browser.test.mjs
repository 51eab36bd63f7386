import * as sdk from '@certispike/sdk';
import { inChromium, inPage as inPageOf, launch } from './chromium.mjs';
import { sameBits } from './same-bits.mjs';
import { startSite } from './site.mjs';

inChromium('Chromium', () => {
  let browser;
  beforeAll(async () => (browser = await launch()));
  afterAll(() => browser.close());

  const inPage = (isolated, work) => inPageOf(browser, { isolated }, work);

  test.each([
    ['shared memory', true],
    ['copies', false],
  ])('training, prediction, both bounds and attacks give the same bits as in Node, with %s', async (_, isolated) => {
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
});
