import { DatasetError } from '../error.js';
import type { ReadRules } from './read-options.js';
import { emptyEvents, type Events, eventsAt, LARGEST_SIDE, type Recording, type Sensor } from './recording.js';

const SMALLEST = 1024;

/** Where decoders put their events: it checks each, and hands out what has come together. */
export class EventCollector {
  /** Polarities of what is read; set by a decoder that knows. */
  polarities: 1 | 2 = 2;
  readonly rules: ReadRules;
  #sensor: Sensor | undefined;
  #width = LARGEST_SIDE;
  #height = LARGEST_SIDE;
  #events = emptyEvents(0);
  #length = 0;
  /** Events that were handed out before. */
  #taken = 0;
  #last = 0;
  #right = 0;
  #bottom = 0;
  #isSorted = true;

  constructor(rules: ReadRules) {
    this.rules = rules;
    if (rules.sensor !== undefined) this.#use(rules.sensor);
  }

  /** What an option, or else the file or its format, says of the sensor. */
  get sensor(): Sensor | undefined {
    return this.#sensor;
  }

  /** What the file or its format says of the sensor; an option wins over it. */
  declareSensor(sensor: Sensor): void {
    if (this.rules.sensor === undefined) this.#use(sensor);
  }

  #use(sensor: Sensor): void {
    this.#sensor = sensor;
    this.#width = sensor.width;
    this.#height = sensor.height;
  }

  /** Events that were added and neither dropped nor taken. */
  get length(): number {
    return this.#length;
  }

  /** All events that were added and not dropped. */
  get total(): number {
    return this.#taken + this.#length;
  }

  /**
   * Adds an event, or drops it where the rules say so.
   * @param offset byte of the file at which it stands, for errors.
   * @throws DatasetError `events-outside`, `events-order`, `events-overflow`, `events-too-many`
   */
  add(t: number, x: number, y: number, p: number, offset: number | undefined): void {
    if (x >= this.#width || y >= this.#height) return this.#outside(x, y, offset);
    if (t > Number.MAX_SAFE_INTEGER) throw this.#tooLate(t, offset);
    if (t < this.#last) {
      if (this.rules.unsorted === 'drop') return;
      if (this.rules.unsorted === 'error') throw this.#backwards(t, offset);
      this.#isSorted = false;
    } else this.#last = t;
    if (this.#length === this.#events.t.length) this.#grow(offset);
    const { t: times, x: columns, y: rows, p: polarities } = this.#events;
    const at = this.#length;
    times[at] = t;
    columns[at] = x;
    rows[at] = y;
    polarities[at] = p;
    if (x > this.#right) this.#right = x;
    if (y > this.#bottom) this.#bottom = y;
    this.#length = at + 1;
  }

  /** Hands out the events that came since the last time, in fresh arrays. */
  take(): Events {
    const events = this.#whole();
    this.#taken += this.#length;
    this.#events = emptyEvents(0);
    this.#length = 0;
    return events;
  }

  /**
   * Everything as a recording; without a known sensor the smallest that has all events.
   * @throws DatasetError `events-empty`
   */
  recording(): Recording {
    this.checkSome();
    let events = this.#whole();
    if (!this.#isSorted) events = eventsAt(events, chronological(events.t));
    const sensor = this.#sensor ?? { width: this.#right + 1, height: this.#bottom + 1 };
    return { width: sensor.width, height: sensor.height, polarities: this.polarities, ...events };
  }

  /** @throws DatasetError `events-empty` when nothing came and the rules do not allow that */
  checkSome(): void {
    if (this.total > 0 || this.rules.empty === 'allow') return;
    throw new DatasetError('events-empty', {
      file: this.rules.file,
      field: 'events',
      expected: 'at least one event',
      received: 'none',
      remedy: "With empty: 'allow' (--reading empty=allow) it is read as a recording of none.",
    });
  }

  #whole(): Events {
    const { t, x, y, p } = this.#events;
    const length = this.#length;
    if (t.length === length) return this.#events;
    return { t: t.slice(0, length), x: x.slice(0, length), y: y.slice(0, length), p: p.slice(0, length) };
  }

  #grow(offset: number | undefined): void {
    const { maxEvents, file } = this.rules;
    if (this.total >= maxEvents) {
      throw new DatasetError('events-too-many', {
        file,
        offset,
        field: 'events',
        expected: `at most ${maxEvents}`,
        received: 'more',
        remedy: 'Raise maxEvents, or stream the file.',
      });
    }
    const larger = emptyEvents(Math.min(Math.max(SMALLEST, 2 * this.#length), maxEvents - this.#taken));
    larger.t.set(this.#events.t);
    larger.x.set(this.#events.x);
    larger.y.set(this.#events.y);
    larger.p.set(this.#events.p);
    this.#events = larger;
  }

  #outside(x: number, y: number, offset: number | undefined): void {
    if (this.rules.outside === 'drop') return;
    throw new DatasetError('events-outside', {
      file: this.rules.file,
      offset,
      field: `position of event ${this.total}`,
      expected: `x below ${this.#width} and y below ${this.#height}`,
      received: `x ${x}, y ${y}`,
      remedy:
        "Give the sensor's width and height (--reading width=240,height=180), or drop such events with outside: 'drop' (outside=drop).",
    });
  }

  #tooLate(t: number, offset: number | undefined): DatasetError {
    return new DatasetError('events-overflow', {
      file: this.rules.file,
      offset,
      field: `time of event ${this.total}`,
      expected: `at most ${Number.MAX_SAFE_INTEGER} us`,
      received: `${t} us`,
    });
  }

  #backwards(t: number, offset: number | undefined): DatasetError {
    return new DatasetError('events-order', {
      file: this.rules.file,
      offset,
      field: `time of event ${this.total}`,
      expected: `at least ${this.#last} us, the time before`,
      received: `${t} us`,
      remedy:
        "Such events can be put in order with unsorted: 'sort' (--reading unsorted=sort), or left out with 'drop'.",
    });
  }
}

/** Indices of `times` in their order; equal times keep theirs. */
function chronological(times: Float64Array): Uint32Array {
  return Uint32Array.from(times.keys()).sort((a, b) => times[a]! - times[b]! || a - b);
}
