import { certispike, temporaryFolder } from './run-cli.mjs';
import { writeSmallSet } from './small-set.mjs';

let folder;
let data;

beforeAll(async () => {
  folder = await temporaryFolder();
  data = await writeSmallSet(folder.at('set'), { train: 300, test: 20 });
});
afterAll(() => folder.remove());

const onTerminal = (columns, ...args) =>
  certispike(['train', '--data', data, '--epochs', '2', '--out', folder.at('model.safetensors'), ...args], {
    terminal: columns,
  });

describe('progress', () => {
  test('is a bar with the time left on a terminal, never wider than it', async () => {
    const { status, stderr, stdout } = await onTerminal(70);
    expect(status).toBe(0);
    expect(stdout).not.toMatch(/[█░]/);
    expect(stderr).toMatch(/█+░+ +\d+ % {2}\d+ s left/);
    expect(stderr).toMatch(/epoch 1 of 2: loss \d/);
    // eslint-disable-next-line no-control-regex -- what moves the cursor takes no room
    const frames = stderr.replace(/\u001b\[[\d;?]*[A-Za-z]/g, '\n').split('\n');
    expect(Math.max(...frames.map((frame) => frame.length))).toBeLessThanOrEqual(140);
    const bars = frames.filter((frame) => frame.includes('░'));
    expect(Math.max(...bars.map((frame) => frame.length))).toBeLessThanOrEqual(70);
  });

  test('is plain lines on a terminal that does not know its width', async () => {
    const { status, stderr } = await onTerminal(0);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^training .*: started\n/);
    expect(stderr).not.toContain('\u001b');
  });

  test('is nothing with --quiet', async () => {
    const { status, stderr } = await onTerminal(80, '--quiet');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
