/** Where two descriptions differ. */
export interface Difference {
  readonly field: string;
  readonly left: unknown;
  readonly right: unknown;
}

/** The first field in which two plain objects differ, named from `field` on; undefined when they are equal. */
export function firstDifference(field: string, left: unknown, right: unknown): Difference | undefined {
  if (Object.is(left, right)) return undefined;
  if (!isObject(left) || !isObject(right) || Array.isArray(left) !== Array.isArray(right))
    return { field, left, right };
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const inner = Array.isArray(left) ? `${field}[${key}]` : `${field}.${key}`;
    const difference = firstDifference(inner, left[key], right[key]);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
