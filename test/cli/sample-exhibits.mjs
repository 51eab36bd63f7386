import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const packed = (length, bit) => {
  const bytes = Buffer.alloc(Math.ceil(length / 8));
  for (let index = 0; index < length; index += 1) if (bit(index)) bytes[index >> 3] |= 1 << (index & 7);
  return bytes.toString('base64');
};

/**
 * Writes what a report shows of the single images of a unit, made up: two fragile ones with what an attack made of them, and
 * a robust one; a network of two layers on images of 6 x 6 pixels in 4 steps.
 * @param {string} unit the unit's folder
 */
export function writeSampleExhibits(unit) {
  const [steps, size, neurons] = [4, 36, 20];
  const run = (prediction, shift) => ({
    prediction,
    scores: Array.from({ length: 10 }, (_, index) => Number(index === prediction)),
    pixels: Buffer.from(Array.from({ length: size }, (_, place) => (place * 7 + shift * 16) % 256)).toString('base64'),
    spikes: packed(steps * size, (index) => (index + shift) % 3 === 0),
    layers: [packed(steps * neurons, (index) => (index + shift) % 4 === 0), ''],
  });
  const exhibit = (role, sample, fooled) => ({
    ...{ role, sample, label: sample % 10, correct: true, certified: !fooled, fooled },
    ...{ margin: fooled ? -0.3 : 0.4, attack_margin: fooled ? -0.1 : null },
    ...{ clean: run(sample % 10, 0), adversarial: fooled ? run(7, 1) : null },
  });
  const exhibits = {
    ...{ format: 'certispike-exhibits', version: 1, region: 'linf:0.06', encoding: 'rate', shape: [1, 6, 6], steps },
    seed: 0,
    layers: [
      { name: 'linear 20', neurons },
      { name: 'linear 10', neurons: 10 },
    ],
    examples: [exhibit('fragile', 3, true), exhibit('fragile', 14, true), exhibit('robust', 25, false)],
  };
  writeFileSync(join(unit, 'exhibits.json'), JSON.stringify(exhibits));
}
