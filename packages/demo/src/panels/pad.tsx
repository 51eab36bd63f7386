import { useEffect, useRef, useState } from 'preact/hooks';
import { blank, paint, side } from '../digit.js';

interface Props {
  readonly onDraw: (pixels: Float32Array) => void;
  /** What to begin with; drawing goes on from it. */
  readonly pixels: Float32Array;
}

/** Where a digit is drawn: by pointer, or by arrow keys and the space bar. */
export function Pad({ onDraw, pixels }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [cursor, setCursor] = useState<readonly [number, number] | undefined>(undefined);
  const drawing = useRef(false);

  useEffect(() => draw(canvas.current, pixels, cursor), [pixels, cursor]);

  const at = (event: PointerEvent): readonly [number, number] => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * side, ((event.clientY - box.top) / box.height) * side];
  };
  const stroke = (x: number, y: number) => onDraw(paint(pixels, x, y));

  const onKey = (event: KeyboardEvent) => {
    const moves: Record<string, readonly [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const [x, y] = cursor ?? [side / 2, side / 2];
    const move = moves[event.key];
    if (move !== undefined) {
      event.preventDefault();
      const next = [clamp(x + move[0]), clamp(y + move[1])] as const;
      setCursor(next);
      if (event.shiftKey) stroke(next[0] + 0.5, next[1] + 0.5);
    } else if (event.key === ' ') {
      event.preventDefault();
      stroke(x + 0.5, y + 0.5);
      setCursor([x, y]);
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      onDraw(blank());
    }
  };

  return (
    <div class="pad">
      <canvas
        ref={canvas}
        width={side * 10}
        height={side * 10}
        tabIndex={0}
        role="img"
        aria-label="Drawing pad. Arrow keys move the pen, space draws, shift with an arrow draws on the way, delete clears."
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          drawing.current = true;
          stroke(...at(event));
        }}
        onPointerMove={(event) => drawing.current && stroke(...at(event))}
        onPointerUp={() => (drawing.current = false)}
        onPointerCancel={() => (drawing.current = false)}
        onKeyDown={onKey}
        onBlur={() => setCursor(undefined)}
      />
      <p class="quiet">Draw a digit, by pointer or by keyboard.</p>
      <button type="button" class="plain" onClick={() => onDraw(blank())}>
        Clear
      </button>
    </div>
  );
}

const clamp = (value: number) => Math.min(side - 1, Math.max(0, value));

function draw(canvas: HTMLCanvasElement | null, pixels: Float32Array, cursor: readonly [number, number] | undefined) {
  const context = canvas?.getContext('2d');
  if (!canvas || !context) return;
  const cell = canvas.width / side;
  pixels.forEach((value, index) => {
    const level = Math.round(value * 255);
    context.fillStyle = `rgb(${level},${level},${level})`;
    context.fillRect((index % side) * cell, Math.floor(index / side) * cell, cell, cell);
  });
  if (cursor === undefined) return;
  context.strokeStyle = '#e69f00';
  context.lineWidth = 3;
  context.strokeRect(cursor[0] * cell, cursor[1] * cell, cell, cell);
}
