import { between } from '../../scripts/bench/marks.mjs';
import { page, readmeTable } from '../../scripts/bench/page.mjs';

describe('a page', () => {
  const time = (median) => ({
    runs: 15,
    median,
    lowerQuartile: median,
    upperQuartile: median,
    least: median,
    most: median,
  });
  const own = (median) => ({ ...time(median), imagesPerSecond: 128_000 / median, memory: 2 ** 24 });
  const record = (peer) => ({
    machine: { processor: 'P', cores: 2, memory: '1 GiB', system: 'S', node: '20', v8: '11' },
    versions: { commit: 'c', changed: false, core: 'k', coreBytesGzipped: 1, rust: 'r' },
    weights: 'w',
    batch: 128,
    peers: [{ name: 'pytorch', versions: { torch: '2' }, gemm: 96, gemmAll: 190 }],
    results: [
      {
        id: 'inference/fc/rate/trained',
        ours: { 1: own(4), 2: own(2) },
        peers: peer === undefined ? {} : { pytorch: time(peer) },
      },
    ],
  });

  test('sets the peer against as many workers as there are cores, and says where a target is missed', () => {
    expect(page(record(20), '')).toContain('| FC rate | 10 | - |');
    expect(page(record(6), '')).toContain('| FC rate | 3.0 (5) | - |');
    expect(page(record(6), '')).toContain('| FC inference | 18.0 | 6.00 (0.33) | - |');
    expect(page(record(6), '')).not.toContain('divided by ours, fresh weights');
  });

  test('has times where no peer ran, and keeps its notes', () => {
    expect(readmeTable(record())).toContain('| FC rate | 2.00 ms | - |');
    expect(between(page(record(), '\nby hand\n'), 'notes')).toBe('\nby hand\n');
  });
});
