import type { Events } from '../events/recording.js';

/** Events in the order of their times, as they come from a simulation step by step. */
export class EventList {
  /** Milliseconds; within a step in any order until `endStep`. */
  #t = new Float64Array(8192);
  /** Pixel and polarity: 2 * pixel + polarity. */
  #what = new Uint32Array(8192);
  #length = 0;
  #stepBegan = 0;

  add(time: number, pixel: number, polarity: number): void {
    if (this.#length === this.#t.length) this.#grow();
    this.#t[this.#length] = time;
    this.#what[this.#length] = 2 * pixel + polarity;
    this.#length += 1;
  }

  /** Puts the events of a step in their order; those of the next one must not be earlier. */
  endStep(): void {
    const [t, what] = [this.#t, this.#what];
    // A step has few events, and they come nearly in order.
    for (let i = this.#stepBegan + 1; i < this.#length; i += 1) {
      const [time, kind] = [t[i]!, what[i]!];
      let at = i;
      for (; at > this.#stepBegan && t[at - 1]! > time; at -= 1) {
        t[at] = t[at - 1]!;
        what[at] = what[at - 1]!;
      }
      t[at] = time;
      what[at] = kind;
    }
    this.#stepBegan = this.#length;
  }

  clear(): void {
    this.#length = 0;
    this.#stepBegan = 0;
  }

  /** The events of this list and another, by time in whole microseconds. */
  merged(other: EventList, width: number): Events {
    const length = this.#length + other.#length;
    const events: Events = {
      t: new Float64Array(length),
      x: new Uint16Array(length),
      y: new Uint16Array(length),
      p: new Uint8Array(length),
    };
    for (let at = 0, i = 0, j = 0; at < length; at += 1) {
      const isOther = i === this.#length || (j < other.#length && other.#t[j]! < this.#t[i]!);
      const time = isOther ? other.#t[j]! : this.#t[i]!;
      const what = isOther ? other.#what[j]! : this.#what[i]!;
      if (isOther) j += 1;
      else i += 1;
      const pixel = what >> 1;
      events.t[at] = Math.floor(1000 * time);
      events.x[at] = pixel % width;
      events.y[at] = Math.floor(pixel / width);
      events.p[at] = what & 1;
    }
    return events;
  }

  #grow(): void {
    const [t, what] = [this.#t, this.#what];
    this.#t = new Float64Array(2 * t.length);
    this.#what = new Uint32Array(2 * t.length);
    this.#t.set(t);
    this.#what.set(what);
  }
}
