/** Dates, sizes and numbers in the person's language. */
import { regional } from './regional';

const DAY_MS = 86_400_000;

export function formatDate(locale: string, ms: number): string {
  return new Intl.DateTimeFormat(regional(locale), { dateStyle: 'medium' }).format(ms);
}

/** Days since 1970, told from today: "today", "yesterday", "3 days ago", then a date. */
export function formatDay(locale: string, day: number, nowMs: number): string {
  const ago = Math.floor(nowMs / DAY_MS) - day;
  if (ago < 7) return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-Math.max(0, ago), 'day');
  return formatDate(locale, day * DAY_MS);
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];

export function formatBytes(locale: string, bytes: number): string {
  const step = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return new Intl.NumberFormat(regional(locale), {
    style: 'unit',
    unit: UNITS[step] ?? 'byte',
    unitDisplay: 'short',
    maximumFractionDigits: value < 10 && step > 0 ? 1 : 0,
  }).format(value);
}

/** Hours, or whole days: "8 hours", "7 days". */
export function formatDuration(locale: string, hours: number): string {
  const [value, unit] = hours >= 24 && hours % 24 === 0 ? [hours / 24, 'day'] : [hours, 'hour'];
  return new Intl.NumberFormat(regional(locale), { style: 'unit', unit, unitDisplay: 'long' }).format(value);
}
