/**
 * Natural logarithm of a positive number, by additions, multiplications and divisions alone: `Math.log` differs between
 * engines in its last bits, and with it the events of a simulated camera would.
 */
export function logarithm(value: number): number {
  let exponent = 0;
  let mantissa = value;
  for (; mantissa > Math.SQRT2; mantissa /= 2) exponent += 1;
  for (; mantissa < Math.SQRT1_2; mantissa *= 2) exponent -= 1;
  // log m = 2 artanh((m - 1) / (m + 1)), whose series ends soon between 1/sqrt 2 and sqrt 2.
  const ratio = (mantissa - 1) / (mantissa + 1);
  const square = ratio * ratio;
  let series = 0;
  for (let power = 19; power >= 1; power -= 2) series = series * square + 1 / power;
  return exponent * Math.LN2 + 2 * ratio * series;
}
