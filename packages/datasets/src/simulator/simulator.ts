import type { Recording } from '../events/recording.js';
import type { Camera } from './camera.js';
import { EventList } from './event-list.js';
import { logarithm } from './logarithm.js';
import { generator, normal, waiting } from './random.js';
import { travelled } from './saccades.js';
import { type Picture, type Range, Scene } from './scene.js';

/** Levels of light per unit of a byte for which the logarithm is tabled. */
const LEVELS = 8;

/** How far a recording is from the camera's usual one: pixels, and milliseconds. */
interface Shift {
  readonly x: number;
  readonly y: number;
  readonly t: number;
}

/**
 * A simulated event camera that looks at pictures while it makes its saccades. Every pixel compares the logarithm of the
 * light it sees with what it was at its last event, and makes one when the change reaches its threshold (Lichtsteiner,
 * Posch, Delbruck 2008); between two steps the logarithm changes evenly, so that events have exact times (as in ESIM,
 * Rebecq, Gehrig, Scaramuzza 2018). Pixels differ by mismatch, which `seed` fixes for the whole sensor.
 */
export class Simulator {
  readonly camera: Camera;
  readonly #seed: number;
  /** Thresholds of every pixel of the sensor. */
  readonly #on: Float64Array;
  readonly #off: Float64Array;
  /** Log intensity by level of light. */
  readonly #log: Float64Array;
  /** Of every pixel that a scene lights: light, log intensity now and at its last event, when it sees again (0: it does). */
  readonly #light: Float64Array;
  readonly #now: Float64Array;
  readonly #reference: Float64Array;
  readonly #ready: Float64Array;
  readonly #events = new EventList();
  readonly #noise = new EventList();
  /** Of the recording under way: factor on all thresholds. */
  #scale = 1;

  /** @param seed whole number from 0 up. */
  constructor(camera: Camera, seed: number) {
    this.camera = camera;
    this.#seed = seed;
    const { width, height, darkness, mismatch, isNegative } = camera;
    const length = width * height;
    const random = generator(`sensor/${seed}`);
    // A threshold near 0 would never rest; no real pixel's is.
    const threshold = (mean: number) => mean * Math.max(0.2, 1 + mismatch * normal(random));
    this.#on = Float64Array.from({ length }, () => threshold(camera.on));
    this.#off = Float64Array.from({ length }, () => threshold(camera.off));
    this.#log = Float64Array.from({ length: 255 * LEVELS + 1 }, (_, level) =>
      logarithm(darkness + ((1 - darkness) * (isNegative ? 255 * LEVELS - level : level)) / (255 * LEVELS)),
    );
    this.#light = new Float64Array(length);
    this.#now = new Float64Array(length);
    this.#reference = new Float64Array(length);
    this.#ready = new Float64Array(length);
  }

  /**
   * The simulated recording of a picture.
   * @param sample fixes, with the seed, everything that is random about this recording.
   */
  record(picture: Picture, sample: number): Recording {
    const { width, height, placement, timing, variation } = this.camera;
    const random = generator(`recording/${this.#seed}/${sample}`);
    this.#events.clear();
    this.#noise.clear();
    this.#scale = Math.max(0.2, 1 + variation * normal(random));
    this.#look(picture, {
      x: placement * normal(random),
      y: placement * normal(random),
      t: timing * normal(random),
    });
    this.#makeNoise(random);
    return { width, height, polarities: 2, ...this.#events.merged(this.#noise, width) };
  }

  #look(picture: Picture, shift: Shift): void {
    const { movement, step, blur } = this.camera;
    const scene = new Scene(picture, blur, this.camera, rangeOf(this.camera, shift));
    let [x, y] = [movement.x + shift.x, movement.y + shift.y];
    this.#rest(scene, x, y);
    for (const saccade of movement.saccades) {
      const [wayX, wayY] = [saccade.x + shift.x - x, saccade.y + shift.y - y];
      const [fromX, fromY] = [x, y];
      const begin = Math.max(0, saccade.start + shift.t);
      const end = Math.max(begin + step, saccade.end + shift.t);
      for (let t = begin; t < end; t += step) {
        const next = Math.min(end, t + step);
        const done = travelled((next - begin) / (end - begin), saccade.peak);
        [x, y] = [fromX + done * wayX, fromY + done * wayY];
        scene.look(x, y, this.#light);
        this.#advance(scene.pixels, t, next);
        this.#events.endStep();
      }
    }
  }

  /** Every pixel has seen the picture where it stands for long. */
  #rest(scene: Scene, x: number, y: number): void {
    scene.look(x, y, this.#light);
    scene.pixels.forEach((_, i) => {
      this.#now[i] = this.#reference[i] = this.#logOf(this.#light[i]!);
      this.#ready[i] = 0;
    });
  }

  #logOf(light: number): number {
    return this.#log[(light * LEVELS) | 0]!;
  }

  /** Adds the events of the time in which every pixel's light has changed to what it is now. */
  #advance(pixels: Uint32Array, t0: number, t1: number): void {
    const { refractory } = this.camera;
    const [nows, references, readies] = [this.#now, this.#reference, this.#ready];
    const scale = this.#scale;
    for (let i = 0; i < pixels.length; i += 1) {
      const after = this.#logOf(this.#light[i]!);
      const before = nows[i]!;
      nows[i] = after;
      const slope = (after - before) / (t1 - t0);
      let t = t0;
      if (readies[i] !== 0) {
        const ready = readies[i]!;
        if (ready >= t1) continue;
        t = Math.max(t0, ready);
        references[i] = before + slope * (t - t0);
        readies[i] = 0;
      }
      const pixel = pixels[i]!;
      for (;;) {
        const change = after - references[i]!;
        const isOn = change > 0;
        const threshold = scale * (isOn ? this.#on[pixel]! : -this.#off[pixel]!);
        if (isOn ? change < threshold : change > threshold) break;
        t = Math.min(t1, Math.max(t, t0 + (references[i]! + threshold - before) / slope));
        this.#events.add(t, pixel, isOn ? 1 : 0);
        t += refractory;
        if (t >= t1) {
          readies[i] = t;
          break;
        }
        references[i] = before + slope * (t - t0);
      }
    }
  }

  /** Events that nothing moved for: a Poisson process over all pixels. */
  #makeNoise(random: () => number): void {
    const { width, height, onNoise, offNoise, duration } = this.camera;
    const pixels = width * height;
    const rate = ((onNoise + offNoise) * pixels) / 1000;
    if (rate === 0) return;
    for (let t = waiting(random, rate); t < duration; t += waiting(random, rate)) {
      const isOn = random() * (onNoise + offNoise) < onNoise;
      this.#noise.add(t, Math.floor(random() * pixels), isOn ? 1 : 0);
      this.#noise.endStep();
    }
  }
}

function rangeOf({ movement }: Camera, shift: Shift): Range {
  const columns = [movement, ...movement.saccades].map(({ x }) => x + shift.x);
  const rows = [movement, ...movement.saccades].map(({ y }) => y + shift.y);
  return {
    left: Math.min(...columns),
    right: Math.max(...columns),
    top: Math.min(...rows),
    bottom: Math.max(...rows),
  };
}
