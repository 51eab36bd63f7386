/** A recording with the arrays of the package, from plain numbers. */
export const recordingOf = ({ width, height, polarities, t, x, y, p }) => ({
  width,
  height,
  polarities,
  t: Float64Array.from(t),
  x: Uint16Array.from(x),
  y: Uint16Array.from(y),
  p: Uint8Array.from(p),
});
