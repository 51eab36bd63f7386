import { readFile } from 'node:fs/promises';
import * as sdk from '@certispike/sdk';
import { execute } from '../execute.mjs';
import { bounded } from './bounded.mjs';
import { inChromium, inPage, launch } from './chromium.mjs';
import { longTraining } from './long-training.mjs';
import { sameBits } from './same-bits.mjs';
import { startSite } from './site.mjs';
import { browserOfTabs } from './tabs.mjs';

/** What V8 computes SIMD with on these processors; without it, it has none. */
const noSimd = '--no-enable-sse4-1';
const onIntel = process.arch === 'x64' ? test : test.skip;
const simdIsMissing = { code: 'no-simd', message: expect.stringMatching(/WebAssembly with SIMD, got none/) };

onIntel('Node without SIMD says so', async () => {
  const program = `
    import { createEngine } from '@certispike/sdk';
    const { code, message } = await createEngine().catch((error) => error);
    console.log(JSON.stringify({ code, message }));
  `;
  const call = execute(process.execPath, [noSimd, '--input-type=module', '--eval', program]);
  expect(JSON.parse((await call).stdout)).toEqual(simdIsMissing);
});

/** Tries to make an engine; runs in a page. */
const refusal = async () => {
  const { createEngine } = await import('/packages/sdk/dist/browser.js');
  return createEngine({ workers: 2 }).then(
    () => 'an engine',
    ({ code, message }) => ({ code, message }),
  );
};

inChromium('Chromium', () => {
  let browser;
  beforeAll(async () => (browser = await launch()));
  afterAll(() => browser.close());

  const refused = (options) => inPage(browser, options, refusal);

  onIntel('without SIMD says so', async () => {
    const other = await launch(`--js-flags=${noSimd}`);
    try {
      expect(await inPage(other, {}, refusal)).toEqual(simdIsMissing);
    } finally {
      await other.close();
    }
  });

  /** Answers requests for the core otherwise than the site does. */
  const coreAnswers = (answer) => ({
    prepare: (page) => page.route('**/snn_core_bg.wasm', async (route) => route.fulfill(await answer(route))),
  });

  describe('workers', () => {
    const before = (script) => ({ prepare: (page) => page.addInitScript(script) });

    test('that do not exist', async () => {
      const options = before(() => delete globalThis.Worker);
      expect(await refused(options)).toEqual({
        code: 'unsupported',
        message: 'environment: expected module workers, got none; please update the browser',
      });
    });

    test('that know no modules', async () => {
      const options = before(() => {
        const { Worker } = globalThis;
        globalThis.Worker = class extends Worker {
          constructor(url) {
            super(url);
          }
        };
      });
      expect(await refused(options)).toMatchObject({
        code: 'unsupported',
        message: expect.stringMatching(/^environment: expected module workers, got none/),
      });
    });

    test('that cannot be loaded', async () => {
      const options = before(() => {
        const { Worker } = globalThis;
        globalThis.Worker = class extends Worker {
          constructor(_, kind) {
            super('/missing.js', kind);
          }
        };
      });
      expect(await refused(options)).toMatchObject({
        code: 'worker-died',
        message: expect.stringMatching(/could not be loaded/),
      });
    });

    test('that the policy of the page forbids', async () => {
      const headers = { 'Content-Security-Policy': "worker-src 'none'" };
      expect(await refused({ headers })).toMatchObject({
        code: 'worker-died',
        message: expect.stringMatching(/could not be loaded.*policy|Content Security Policy/),
      });
    });
  });

  describe('a core', () => {
    test.each([
      ['that is missing', () => ({ status: 404, body: 'no' }), /snn_core_bg\.wasm answered 404/],
      [
        'in whose place comes a page',
        () => ({ contentType: 'text/html', body: '<!doctype html>' }),
        /text\/html and does not comp/,
      ],
      [
        'that is cut off',
        async (route) => ({ body: (await (await route.fetch()).body()).subarray(0, 5000) }),
        /snn_core_bg\.wasm .* does not compile/,
      ],
    ])('%s', async (_, answer, message) => {
      expect(await refused(coreAnswers(answer))).toMatchObject({
        code: 'core-load',
        message: expect.stringMatching(message),
      });
    });

    test.each([
      ['is not fetched', "connect-src 'none'", /snn_core_bg\.wasm could not be fetched/],
      ['is not compiled', "script-src 'self'", /wasm-unsafe-eval|Content Security Policy/],
    ])('that the policy of the page forbids %s', async (_, policy, message) => {
      const headers = { 'Content-Security-Policy': policy };
      expect(await refused({ headers })).toMatchObject({ code: 'core-load', message: expect.stringMatching(message) });
    });

    test('that was missing is asked for again', async () => {
      let answers = 0;
      const options = {
        prepare: (page) =>
          page.route('**/snn_core_bg.wasm', (route) =>
            answers++ === 0 ? route.fulfill({ status: 503 }) : route.continue(),
          ),
      };
      const codes = await inPage(browser, options, async () => {
        const { createEngine } = await import('/packages/sdk/dist/browser.js');
        const { code } = await createEngine({ workers: 1 }).catch((error) => error);
        const engine = await createEngine({ workers: 1 });
        await engine.dispose();
        return code;
      });
      expect(codes).toBe('core-load');
    });

    test('that is served under a wrong type works', async () => {
      const options = coreAnswers(async (route) => ({ response: await route.fetch(), contentType: 'text/plain' }));
      const bits = await inPage(browser, options, async () => {
        const inBrowser = await import('/packages/sdk/dist/browser.js');
        const { sameBits: run } = await import('/test/sdk/same-bits.mjs');
        return run(inBrowser, 1);
      });
      expect(bits).toEqual(await sameBits(sdk, 1));
    });

    test('whose memory ends refuses what does not fit, and computes what does', async () => {
      const core = bounded(await readFile(new URL('../../packages/sdk/dist/snn_core_bg.wasm', import.meta.url)), 160);
      const result = await inPage(
        browser,
        coreAnswers(() => ({ contentType: 'application/wasm', body: core })),
        async () => {
          const { arrays, createEngine, evaluate, linear, network, rate } =
            await import('/packages/sdk/dist/browser.js');
          const shape = [1, 64, 64];
          const source = arrays({
            shape,
            classes: 3,
            images: new Float32Array(800 * 4096),
            labels: new Uint8Array(800),
          });
          const engine = await createEngine({ workers: 1 });
          const model = engine.createModel(network({ input: rate(shape, { steps: 2 }), layers: [linear(3)] }));
          const refused = await evaluate(engine, model, source, { batchSize: 800 }).catch(({ code }) => code);
          const { examples } = await evaluate(engine, model, source, { batchSize: 150 });
          await engine.dispose();
          return { refused, examples };
        },
      );
      expect(result).toEqual({ refused: 'out-of-memory', examples: 800 });
    });
  });

  test('a tab in the background goes on, a frozen one later, with the same bits', async () => {
    const site = await startSite(false);
    const tabs = await browserOfTabs();
    try {
      const tab = await tabs.open(site.url);
      await tab.run(async () => {
        const inBrowser = await import('/packages/sdk/dist/browser.js');
        const { longTraining } = await import('/test/sdk/long-training.mjs');
        globalThis.steps = 0;
        globalThis.bits = longTraining(inBrowser, () => (globalThis.steps += 1));
      });
      const seen = () => tab.run(() => [document.visibilityState, globalThis.steps]);
      const beyond = async (steps) => {
        for (;;) {
          const [visibility, now] = await seen();
          if (now > steps) return [visibility, now];
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      };
      await (await tabs.open(site.url)).toFront();
      const [visibility, before] = await beyond(10);
      expect(visibility).toBe('hidden');
      await tab.freeze();
      const [, frozen] = await seen();
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(await seen()).toEqual(['hidden', frozen]);
      expect(frozen).toBeGreaterThanOrEqual(before);
      await tab.thaw();
      expect(await beyond(frozen)).toEqual(['hidden', expect.any(Number)]);
      await tab.toFront();
      expect(await tab.run(() => globalThis.bits)).toBe(await longTraining(sdk));
    } finally {
      await tabs.close();
      await site.close();
    }
  });
});
