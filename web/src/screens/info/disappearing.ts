export const DAY_S = 86_400;
export const WEEK_S = 7 * DAY_S;
export const PRESETS_S = [DAY_S, WEEK_S, 4 * WEEK_S] as const;

export type Unit = 'hour' | 'day' | 'week';
export const UNIT_S: Record<Unit, number> = { hour: 3600, day: DAY_S, week: WEEK_S };

/** The core stores an unsigned 32-bit number; ten years are longer than any log is kept. */
export const CUSTOM_MAX_S = 10 * 365 * DAY_S;

/** A duration in its largest whole unit. */
export function inUnits(seconds: number): { value: number; unit: Unit | 'minute' | 'second' } {
  for (const unit of ['week', 'day', 'hour'] as const)
    if (seconds >= UNIT_S[unit] && seconds % UNIT_S[unit] === 0) return { value: seconds / UNIT_S[unit], unit };
  return seconds % 60 === 0 ? { value: seconds / 60, unit: 'minute' } : { value: seconds, unit: 'second' };
}

export type CustomProblem = 'missing' | 'too_long';

/** What somebody typed, as seconds; the policy's limit holds. */
export function customSeconds(
  text: string,
  unit: Unit,
  maxSeconds: number | null,
): { seconds: number } | { problem: CustomProblem } {
  const value = Number(text);
  if (!/^\d+$/.test(text.trim()) || value < 1) return { problem: 'missing' };
  const seconds = value * UNIT_S[unit];
  return seconds > Math.min(maxSeconds ?? CUSTOM_MAX_S, CUSTOM_MAX_S) ? { problem: 'too_long' } : { seconds };
}
