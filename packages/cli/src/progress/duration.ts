/** Seconds for people: `8 s`, `2:05 min`, `1:02:05 h`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.max(0, Math.round(seconds));
  const part = (value: number) => String(value).padStart(2, '0');
  const secondsPart = whole % 60;
  const minutes = Math.floor(whole / 60);
  if (minutes === 0) return `${secondsPart} s`;
  if (minutes < 60) return `${minutes}:${part(secondsPart)} min`;
  return `${Math.floor(minutes / 60)}:${part(minutes % 60)}:${part(secondsPart)} h`;
}
