import { cpSync } from 'node:fs';
import * as sdk from '@certispike/sdk';
import { sameBits } from '../sdk/same-bits.mjs';
import { page } from './browser-program.mjs';
import { inChromium, launch, outcomeOf } from './chromium.mjs';
import { Project } from './project.mjs';
import { isolation, serve } from './site.mjs';

/** The strictest policy that leaves WebAssembly: no text is compiled, nothing is inline, nothing comes from elsewhere. */
const policy = { 'Content-Security-Policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src data:" };

inChromium('pages without a bundler', () => {
  let browser;
  let expected;
  let project;
  beforeAll(async () => {
    browser = await launch();
    expected = await sameBits(sdk, 1);
    project = new Project();
    await project.install('sdk');
    // As a page would host the package: its `dist` in a folder.
    cpSync(project.path('node_modules', '@certispike', 'sdk', 'dist'), project.path('certispike'), { recursive: true });
    const script = (inside) =>
      `import * as sdk from '/certispike/browser.js';\nimport { sameBits } from '/same-bits.mjs';\n${inside}`;
    project.write('program.js', script('globalThis.outcome = sameBits(sdk, 2);'));
    project.write('index.html', page('<script type="module" src="/program.js"></script>'));
    project.write('worker.js', script('sameBits(sdk, 2).then((bits) => postMessage(bits));'));
    project.write(
      'starter.js',
      `const worker = new Worker('/worker.js', { type: 'module' });
       globalThis.outcome = new Promise((resolve, reject) => {
         worker.onmessage = ({ data }) => resolve(data);
         worker.onerror = ({ message }) => reject(new Error(message));
       });`,
    );
    project.write('worker/index.html', page('<script type="module" src="/starter.js"></script>'));
  });
  afterAll(async () => {
    project.remove();
    await browser.close();
  });

  async function opened(path, headers) {
    const site = await serve(project.path(), headers);
    try {
      return { ...(await outcomeOf(browser, new URL(path, site.url).href)), asked: [...site.asked] };
    } finally {
      await site.close();
    }
  }

  test.each([
    ['in a plain page', '/', {}, false],
    ['in a page whose threads share memory', '/', isolation, true],
    ['under a policy that compiles no text', '/', policy, false],
    ['inside a worker of the page', '/worker/', {}, false],
  ])('it runs %s with the same bits', async (_, path, headers, shares) => {
    const outcome = await opened(path, headers);
    expect(outcome.problems).toEqual([]);
    expect(outcome.value).toEqual(expected);
    expect(outcome.shares).toBe(shares);
  });

  test('a policy without wasm-unsafe-eval is named', async () => {
    const { value } = await opened('/', { 'Content-Security-Policy': "default-src 'self'" });
    expect(value).toMatch(/^CertispikeError: core: expected a WebAssembly module, got: .*Content Security Policy/);
  });
});
