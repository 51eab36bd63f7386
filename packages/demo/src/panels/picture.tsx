import { useEffect, useRef } from 'preact/hooks';

interface Props {
  /** In [0, 1], row by row. */
  readonly pixels: ArrayLike<number>;
  readonly width: number;
  readonly alt: string;
}

/** A grey image, sharp at any size. */
export function Picture({ pixels, width, alt }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const height = Math.max(1, Math.floor(pixels.length / width));
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const image = context.createImageData(width, height);
    for (let index = 0; index < width * height; index += 1) {
      const level = Math.round((pixels[index] ?? 0) * 255);
      image.data.set([level, level, level, 255], index * 4);
    }
    context.putImageData(image, 0, 0);
  }, [pixels, width, height]);
  return <canvas class="picture" ref={canvas} width={width} height={height} role="img" aria-label={alt} />;
}
