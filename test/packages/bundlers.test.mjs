import { spawn } from 'node:child_process';
import * as sdk from '@certispike/sdk';
import { sameBits } from '../sdk/same-bits.mjs';
import { page, program } from './browser-program.mjs';
import { inChromium, launch, outcomeOf } from './chromium.mjs';
import { Project } from './project.mjs';
import { serve } from './site.mjs';

inChromium('bundlers', () => {
  let browser;
  let expected;
  let project;
  beforeAll(async () => {
    browser = await launch();
    expected = await sameBits(sdk, 1);
  });
  afterAll(() => browser.close());
  beforeEach(() => (project = new Project()));
  afterEach(() => project.remove());

  async function expectSameBits(folder) {
    const site = await serve(folder);
    try {
      const { value, problems } = await outcomeOf(browser, site.url);
      expect(problems).toEqual([]);
      expect(value).toEqual(expected);
    } finally {
      await site.close();
    }
  }

  const viteConfig = `export default { optimizeDeps: { exclude: ['@certispike/sdk'] }, worker: { format: 'es' } };`;

  async function viteProject() {
    project.write('index.html', page('<script type="module" src="/program.js"></script>'));
    project.write('program.js', program);
    project.write('vite.config.js', viteConfig);
    await project.install('sdk', 'vite@8.3.8');
  }

  test('Vite builds it', async () => {
    await viteProject();
    await project.bin('vite', ['build']);
    await expectSameBits(project.path('dist'));
  });

  test('the development server of Vite serves it', async () => {
    await viteProject();
    const args = ['--host', '127.0.0.1', '--port', '0', '--strictPort', 'false'];
    const server = spawn(project.path('node_modules', '.bin', 'vite'), args, {
      cwd: project.path(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    try {
      const url = await new Promise((resolve, reject) => {
        let told = '';
        const read = (chunk) => {
          told += chunk;
          // eslint-disable-next-line no-control-regex -- Vite colours its address
          const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(told.replace(/\u001b\[\d+m/g, ''));
          if (found) resolve(found[0]);
        };
        server.stdout.on('data', read);
        server.stderr.on('data', read);
        server.once('exit', () => reject(new Error(told)));
      });
      const { value } = await outcomeOf(browser, url);
      expect(value).toEqual(expected);
    } finally {
      server.kill();
    }
  });

  test('webpack bundles it', async () => {
    project.write('program.js', program);
    project.write(
      'webpack.config.js',
      `export default { mode: 'production', entry: './program.js', output: { filename: 'bundle.js' }, experiments: { outputModule: false } };`,
    );
    await project.install('sdk', 'webpack@5.112.2', 'webpack-cli@7.3.1');
    await project.bin('webpack', []);
    project.write('dist/index.html', page('<script src="bundle.js"></script>'));
    await expectSameBits(project.path('dist'));
  });

  test('esbuild bundles it, with the files it does not follow copied beside', async () => {
    project.write('program.js', program);
    await project.install('sdk', 'esbuild@0.28.2');
    const args = ['program.js', '--bundle', '--format=esm', '--splitting', '--outdir=dist'];
    await project.bin('esbuild', args);
    await project.run('sh', [
      '-c',
      'cp node_modules/@certispike/sdk/dist/*.wasm node_modules/@certispike/sdk/dist/*.js dist/',
    ]);
    project.write('dist/index.html', page('<script type="module" src="program.js"></script>'));
    await expectSameBits(project.path('dist'));
  });
});
