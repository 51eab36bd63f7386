import { nmnist } from '@certispike/datasets';
import { withFolder } from './idx-folder.mjs';
import { officialFiles, writeFiles } from './nmnist-set.mjs';

describe('recordings in folds', () => {
  const split = (options) =>
    withFolder(async (folder) => {
      await writeFiles(folder, officialFiles({ train: 40, test: 20 }));
      return nmnist({ folder, validation: 0, ...options });
    });

  test('every recording, of the test set too, is tested once and trained on otherwise', async () => {
    const tested = [];
    for (const index of [1, 2, 3, 4, 5]) {
      const { train, test } = await split({ fold: { index, of: 5 } });
      expect([train.length, test.length]).toEqual([48, 12]);
      expect([...train.samples].some((sample) => test.samples.includes(sample))).toBe(false);
      expect(Math.max(...test.classCounts()) - Math.min(...test.classCounts())).toBeLessThanOrEqual(1);
      tested.push(...test.samples);
    }
    expect(tested.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, sample) => sample));
  });

  test('keeps the order: the first recording of the test set comes behind the training set', async () => {
    const whole = await split({});
    const { train } = await split({ fold: { index: 1, of: 2 } });
    expect(train.available).toBe(60);
    expect(train.example(39).image).toEqual(whole.train.example(39).image);
    expect(train.example(40).image).toEqual(whole.test.example(0).image);
  });

  test.each([
    [{ index: 0, of: 5 }, 'fold'],
    [{ index: 6, of: 5 }, 'fold'],
    [{ index: 1, of: 61 }, 'folds'],
    [{ index: 1, of: 1 }, 'folds'],
  ])('%j is refused', async (fold, field) => {
    await expect(split({ fold })).rejects.toMatchObject({ code: 'option-invalid' });
    await expect(split({ fold })).rejects.toThrow(field);
  });
});
