import { isBounded, isStep } from '../workloads.mjs';

/**
 * The multiplications and additions per image that dense arithmetic would do for a workload, as a plain implementation
 * would: a product per step; centre and radius for S-IBP; one backward product per row and step for S-CROWN; for a
 * gradient twice what the way forward took.
 * @param connections of the network, each one multiplication and one addition per product
 */
export function denseOperations({ name, steps, certifiedSteps }, connections, rivals = 9) {
  const product = 2 * connections;
  if (!isStep({ name })) {
    const ibp = isBounded({ name }) ? 2 * steps : 0;
    const crown = name === 's-crown-eval' ? rivals * steps : 0;
    return product * (steps + ibp + crown);
  }
  const ibp = isBounded({ name }) ? 2 * certifiedSteps : 0;
  const rows = { 's-crown-step': rivals, 's-crown-fused-step': 1 }[name] ?? 0;
  return 3 * product * (steps + ibp + rows * certifiedSteps);
}

/**
 * The additions per image that the way forward cannot avoid, given how much is active: one per connection that passes a
 * spike, one per connection that surely does and two per one that may where intervals are computed.
 */
export function eventAdditions({ name }, { run, bounds, certifiedBounds }) {
  if (!isBounded({ name })) return run;
  const [firing, open] = isStep({ name }) ? certifiedBounds : bounds;
  return run + firing + 2 * open;
}
