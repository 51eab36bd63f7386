/**
 * Short forms of structured values on the command line. What does not fit a form is returned as it came, for the
 * schema to refuse with the field's expectation.
 */

const ramps = new Set(['linear', 'smooth']);

/** JSON where the text is JSON (numbers, lists, objects), else the text itself. */
export function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * `linear:from:to:start:end`, `smooth:from:to:start:end`, `staircase:from:to:start:end:epochs` or
 * `steps:progress=value,progress=value`; progress, start and end are shares of the training from 0 to 1.
 */
export function readSchedule(text: string): unknown {
  const [kind = '', ...parts] = text.split(':');
  if (kind === 'steps' && parts.length === 1) {
    const values = parts[0]?.split(',').map((pair) => pair.split('=').map(Number));
    return { kind, values };
  }
  const numbers = parts.map(Number);
  if (numbers.every((value) => Number.isFinite(value))) {
    const [from, to, start, end, epochs] = numbers;
    if (ramps.has(kind) && numbers.length === 4) return { kind, from, to, start, end };
    if (kind === 'staircase' && numbers.length === 5) return { kind, from, to, start, end, epochs };
  }
  return readValue(text);
}

/** `adam`, `sgd` or `sgd:momentum`. */
export function readOptimizer(text: string): unknown {
  const [kind, momentum] = text.split(':');
  if (kind !== 'sgd' && kind !== 'adam') return readValue(text);
  return momentum === undefined ? { kind } : { kind, momentum: Number(momentum) };
}

/** `fgsm`, `fgsm:stepSize`, `pgd`, `pgd:iterations` or `pgd:iterations:stepSize`. */
export function readAdversary(text: string): unknown {
  const [kind, ...parts] = text.split(':');
  const numbers = parts.map(Number);
  if (kind === 'fgsm' && numbers.length <= 1) return { kind, ...given({ stepSize: numbers[0] }) };
  if (kind === 'pgd' && numbers.length <= 2)
    return { kind, ...given({ iterations: numbers[0], stepSize: numbers[1] }) };
  return readValue(text);
}

/** `name=weight` with commas between them, where a weight is what {@link readSchedule} takes. */
export function readRegularisers(text: string): unknown {
  if (text.startsWith('{')) return readValue(text);
  const pairs = text.split(/,(?=[A-Za-z]+=)/).map((pair) => {
    const at = pair.indexOf('=');
    return at < 0 ? undefined : ([pair.slice(0, at).trim(), readSchedule(pair.slice(at + 1))] as const);
  });
  return pairs.every((pair) => pair !== undefined) ? Object.fromEntries(pairs) : text;
}

/** The fields that have a value. */
const given = (fields: Record<string, number | undefined>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** `ema`, `ema:decay`, `ema:decay:start`, `mean`, `mean:start` or `none`. */
export function readAveraging(text: string): unknown {
  if (text === 'none') return null;
  const [kind, ...parts] = text.split(':');
  const numbers = parts.map(Number);
  if (kind === 'ema' && numbers.length <= 2) {
    const [decay, start] = numbers;
    return { kind, ...given({ decay, start }) };
  }
  if (kind === 'mean' && numbers.length <= 1) return { kind, ...given({ start: numbers[0] }) };
  return readValue(text);
}

/** `rectangular`, `atan:0.5` and so on: the kind, then optionally the width. */
export function readSurrogate(text: string): unknown {
  if (text.startsWith('{')) return readValue(text);
  const [kind, width, ...others] = text.split(':');
  if (others.length > 0) return text;
  return width === undefined ? { kind } : { kind, width: Number(width) };
}

/** A list with commas between its items. */
export function readList(text: string): unknown {
  return text.split(',').map((item) => item.trim());
}
