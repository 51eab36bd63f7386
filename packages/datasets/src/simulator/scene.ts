/** A picture: bytes, 255 white, `[height * width]`. */
export interface Picture {
  readonly image: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** The least and the most of where a picture's corner stands on the sensor. */
export interface Range {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A picture in front of a camera, dark all around it, as the light that falls on every pixel of the sensor. */
export class Scene {
  /** The picture in a border so wide that every pixel of the sensor looks at some place of it, wherever it stands. */
  readonly #light: Float64Array;
  readonly #stride: number;
  /** Index in `#light` that pixel (0, 0) sees when the picture stands at (0, 0). */
  readonly #origin: number;
  /** Pixels of the sensor that see something of the picture at some time, ascending. */
  readonly pixels: Uint32Array;
  /** Per pixel in `pixels`, what it sees when the picture stands at (0, 0): an index in `#light`. */
  readonly #seen: Uint32Array;

  /**
   * @param blur standard deviation of the optics in pixels, 0 for none.
   * @param sensor its columns and rows.
   */
  constructor(
    picture: Picture,
    blur: number,
    sensor: { readonly width: number; readonly height: number },
    range: Range,
  ) {
    const reach = Math.ceil(3 * blur);
    const before = (most: number) => Math.max(0, Math.ceil(most)) + reach + 2;
    const after = (size: number, least: number, own: number) => Math.max(own, size - Math.floor(least)) + reach + 2;
    const [left, top] = [before(range.right), before(range.bottom)];
    this.#stride = left + after(sensor.width, range.left, picture.width);
    this.#origin = top * this.#stride + left;
    this.#light = new Float64Array((top + after(sensor.height, range.top, picture.height)) * this.#stride);
    for (let y = 0; y < picture.height; y += 1) {
      const row = picture.image.subarray(y * picture.width, (y + 1) * picture.width);
      this.#light.set(row, this.#origin + y * this.#stride);
    }
    if (reach > 0) this.#blur(blur, reach);
    this.pixels = this.#lit(sensor, range);
    const { width } = sensor;
    this.#seen = this.pixels.map((pixel) => this.#origin + Math.floor(pixel / width) * this.#stride + (pixel % width));
  }

  /**
   * Light that falls on the pixels in `pixels`, 0 to 255, when the picture's corner stands at (x, y): interpolated between
   * the four nearest pixels of the picture.
   */
  look(x: number, y: number, light: Float64Array): void {
    const [column, row] = [Math.floor(x), Math.floor(y)];
    const [right, down] = [x - column, y - row];
    const shift = row * this.#stride + column;
    const [from, seen, stride] = [this.#light, this.#seen, this.#stride];
    const [here, beside] = [(1 - right) * (1 - down), right * (1 - down)];
    const [above, across] = [(1 - right) * down, right * down];
    for (let i = 0; i < seen.length; i += 1) {
      const at = seen[i]! - shift;
      light[i] =
        here * from[at]! + beside * from[at - 1]! + above * from[at - stride]! + across * from[at - stride - 1]!;
    }
  }

  #lit({ width, height }: { readonly width: number; readonly height: number }, range: Range): Uint32Array {
    const isLit = new Uint8Array(width * height);
    const [left, right] = [Math.floor(range.left), Math.ceil(range.right)];
    const [top, bottom] = [Math.floor(range.top), Math.ceil(range.bottom)];
    for (let at = 0; at < this.#light.length; at += 1) {
      if (this.#light[at] === 0) continue;
      const place = at - this.#origin + (this.#origin % this.#stride);
      const y = Math.floor(place / this.#stride);
      const x = place - y * this.#stride - (this.#origin % this.#stride);
      for (let row = Math.max(0, y + top); row <= Math.min(height - 1, y + bottom); row += 1) {
        const from = Math.max(0, x + left);
        const to = Math.min(width, x + right + 1);
        if (from < to) isLit.fill(1, row * width + from, row * width + to);
      }
    }
    return Uint32Array.from(isLit.keys()).filter((pixel) => isLit[pixel] === 1);
  }

  #blur(deviation: number, reach: number): void {
    const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => bell((i - reach) / deviation));
    const sum = kernel.reduce((total, weight) => total + weight, 0);
    const border = reach * this.#stride + reach;
    for (const stride of [1, this.#stride]) {
      const from = this.#light.slice();
      for (let at = border; at < this.#light.length - border; at += 1) {
        let blurred = 0;
        for (let i = -reach; i <= reach; i += 1) blurred += kernel[i + reach]! * from[at + i * stride]!;
        this.#light[at] = blurred / sum;
      }
    }
  }
}

/** exp(-x^2 / 2) for small x by multiplications alone, the same everywhere: (1 - x^2 / 128)^64 is near enough. */
function bell(x: number): number {
  let power = Math.max(0, 1 - (x * x) / 128);
  for (let i = 0; i < 6; i += 1) power *= power;
  return power;
}
