/** Pixels along an edge of an image of MNIST. */
export const side = 28;

/** An image without a digit. */
export const blank = () => new Float32Array(side * side);

/** An image with a soft dot of a pen's width at a place, in pixels from the upper left corner. */
export function paint(pixels: Float32Array, x: number, y: number): Float32Array {
  const radius = 1.35;
  return pixels.map((value, index) => {
    const distance = Math.hypot((index % side) + 0.5 - x, Math.floor(index / side) + 0.5 - y);
    return Math.max(value, Math.min(1, Math.max(0, radius + 0.5 - distance)));
  });
}

/** Moves a drawing so that its centre of mass is in the middle, as in MNIST. */
export function centred(pixels: Float32Array): Float32Array {
  let [sum, sumX, sumY] = [0, 0, 0];
  pixels.forEach((value, index) => {
    sum += value;
    sumX += value * (index % side);
    sumY += value * Math.floor(index / side);
  });
  if (sum === 0) return pixels;
  const [dx, dy] = [Math.round((side - 1) / 2 - sumX / sum), Math.round((side - 1) / 2 - sumY / sum)];
  const moved = blank();
  pixels.forEach((value, index) => {
    const [x, y] = [(index % side) + dx, Math.floor(index / side) + dy];
    if (x >= 0 && x < side && y >= 0 && y < side) moved[y * side + x] = value;
  });
  return moved;
}
