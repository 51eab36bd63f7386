/**
 * Sums gradients in a fixed binary tree, ((0+1)+(2+3)), whoever computes its parts.
 * @param leaves a power of two; those from `filled` on are empty and left out
 * @param push computes a leaf and pushes its gradient on the core's stack
 * @param merge replaces the two topmost gradients by their sum
 */
export function sumTree(leaves: number, filled: number, push: (leaf: number) => void, merge: () => void): void {
  const sum = (first: number, count: number): void => {
    if (count === 1) return push(first);
    const half = count / 2;
    sum(first, half);
    if (first + half >= filled) return;
    sum(first + half, half);
    merge();
  };
  sum(0, leaves);
}
