import { existsSync } from 'node:fs';
import { certispike, temporaryFolder } from './run-cli.mjs';
import { writeSmallSet } from './small-set.mjs';

// What V8 computes SIMD with on these processors.
const onIntel = process.arch === 'x64' ? test : test.skip;

onIntel('without SIMD a command ends with one line and writes nothing', async () => {
  const folder = await temporaryFolder();
  try {
    const data = await writeSmallSet(folder.at('set'), { train: 20, test: 10, side: 28 });
    const args = ['train', '--preset', 'mnist-fc-rate', '--data', data, '--out', folder.at('model.safetensors')];
    const { status, stdout, stderr } = await certispike(args, { flags: ['--no-enable-sse4-1'] });
    const line = 'certispike: environment: expected WebAssembly with SIMD, got none; please update it [no-simd]\n';
    expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: '', stderr: line });
    expect(existsSync(folder.at('model.safetensors'))).toBe(false);
  } finally {
    await folder.remove();
  }
});
