/** A movement of the image over the sensor, from where the one before ended. */
export interface Saccade {
  /** Milliseconds after the start of the recording. */
  readonly start: number;
  readonly end: number;
  /** Where the image's upper left corner is at the end: column and row of the sensor. */
  readonly x: number;
  readonly y: number;
  /** Share of the time after which the movement is fastest, in (0, 1). */
  readonly peak: number;
}

/** The way of an image over the sensor. */
export interface Movement {
  /** Where the image is before the first saccade. */
  readonly x: number;
  readonly y: number;
  readonly saccades: readonly Saccade[];
}

/**
 * Share of the way that is done after the share `time` of the duration: of minimum jerk (Flash and Hogan 1985) on both sides
 * of the peak.
 */
export function travelled(time: number, peak: number): number {
  if (time <= 0) return 0;
  if (time >= 1) return 1;
  if (time < peak) return 2 * peak * minimumJerk(time / (2 * peak));
  return 1 - 2 * (1 - peak) * minimumJerk((1 - time) / (2 * (1 - peak)));
}

function minimumJerk(time: number): number {
  return time * time * time * (10 + time * (6 * time - 15));
}
