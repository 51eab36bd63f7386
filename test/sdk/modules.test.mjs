import * as sdk from '@certispike/sdk';
import { inChromium, launch } from './chromium.mjs';
import { copied } from './copied.mjs';
import { temporaryFolder } from './folder.mjs';
import { startSite } from './site.mjs';
import { denseNetwork, digest, finished, shortTraining, stripes } from './toy.mjs';

const { arrays, createEngine, fit } = sdk;

/** Scores and margins of a model, as text. */
async function answers(engine, model, { arrays, certify, evaluate, linf } = sdk) {
  const source = arrays(stripes(40, 2));
  const { scores } = await evaluate(engine, model, source, { seed: 11 });
  const { perExample } = await certify(engine, model, source, { region: linf(0.04), seed: 11 });
  return [scores, perExample.sIbp, perExample.sCrown].map((numbers) => digest(numbers));
}

test('the module that certifies and the one that trains as well give the same bits', async () => {
  const engine = await createEngine({ workers: 2 });
  try {
    const model = engine.createModel(denseNetwork(sdk), { seed: 3, initialisation: 'ibp' });
    const before = await answers(engine, model);
    const other = engine.createModel(denseNetwork(sdk), { seed: 4 });
    // From here on the workers hold the larger module.
    await finished(fit(engine, other, arrays(stripes(40)), { ...shortTraining, epochs: 1 }));
    expect(await answers(engine, model)).toEqual(before);
  } finally {
    await engine.dispose();
  }
});

test('Node reads the module that trains when something is trained, and not before', async () => {
  const folder = await temporaryFolder();
  const trains = 'snn_training_bg.wasm';
  try {
    const { load, put } = await copied(folder.at('sdk'), { without: [trains] });
    const partial = await load();
    const engine = await partial.createEngine({ workers: 1 });
    try {
      const model = engine.createModel(denseNetwork(partial), { seed: 3, initialisation: 'ibp' });
      const before = await answers(engine, model, partial);
      const options = { ...shortTraining, epochs: 1 };
      const train = () => finished(partial.fit(engine, model, partial.arrays(stripes(40)), options));
      await expect(train()).rejects.toMatchObject({ code: 'core-load' });
      expect(await answers(engine, model, partial)).toEqual(before);
      await put(trains);
      await train();
      expect(await answers(engine, model, partial)).not.toEqual(before);
    } finally {
      await engine.dispose();
    }
  } finally {
    await folder.remove();
  }
});

inChromium('Chromium', () => {
  test('a page that does not train never asks for the module that does', async () => {
    const site = await startSite(false);
    const browser = await launch();
    try {
      const page = await browser.newPage();
      const asked = [];
      page.on('request', (request) => asked.push(new URL(request.url()).pathname.split('/').pop()));
      await page.goto(site.url);
      const run = (trains) =>
        page.evaluate(async (training) => {
          const inBrowser = await import('/packages/sdk/dist/browser.js');
          const toy = await import('/test/sdk/toy.mjs');
          const engine = await inBrowser.createEngine({ workers: 1 });
          const model = engine.createModel(toy.denseNetwork(inBrowser), { seed: 3 });
          const source = inBrowser.arrays(toy.stripes(20));
          if (training) await toy.finished(inBrowser.fit(engine, model, source, { ...toy.shortTraining, epochs: 1 }));
          await inBrowser.inputSpikes(engine, model, source);
          await inBrowser.certify(engine, model, source, { region: inBrowser.linf(0.04) });
          await engine.dispose();
        }, trains);
      await run(false);
      expect(asked.filter((name) => name.endsWith('.wasm'))).toEqual(['snn_core_bg.wasm']);
      await run(true);
      expect(asked.filter((name) => name.endsWith('.wasm'))).toEqual(['snn_core_bg.wasm', 'snn_training_bg.wasm']);
    } finally {
      await browser.close();
      await site.close();
    }
  });
});
