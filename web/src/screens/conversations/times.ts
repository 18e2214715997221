/** Times as a chat shows them, in the person's language and time zone. */
import { regional } from '../../app/regional';

const formats = new Map<string, Intl.DateTimeFormat>();
/** Making a format costs more than using it a thousand times. */
function format(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(regional(locale), options);
    formats.set(key, found);
  }
  return found;
}

const midnight = (ms: number): number => {
  const date = new Date(ms);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
};
const daysAgo = (ms: number, now: number): number => Math.round((midnight(now) - midnight(ms)) / 86_400_000);
const capital = (locale: string, text: string): string => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);

export const clockTime = (locale: string, ms: number): string => format(locale, { timeStyle: 'short' }).format(ms);

export const fullTime = (locale: string, ms: number): string =>
  format(locale, { dateStyle: 'full', timeStyle: 'short' }).format(ms);

/** When something happened: the time today, else day and time. */
export const momentTime = (locale: string, ms: number, now: number): string =>
  daysAgo(ms, now) === 0
    ? clockTime(locale, ms)
    : format(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(ms);

function relative(locale: string, ago: number): string {
  return capital(locale, new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-ago, 'day'));
}

const sameYear = (ms: number, now: number): boolean => new Date(ms).getFullYear() === new Date(now).getFullYear();

/** At the end of a row: the time today, else the day. */
export function listTime(locale: string, ms: number, now: number): string {
  if (ms === 0) return '';
  const ago = daysAgo(ms, now);
  if (ago <= 0) return clockTime(locale, ms);
  if (ago === 1) return relative(locale, 1);
  if (ago < 7) return capital(locale, format(locale, { weekday: 'short' }).format(ms));
  return format(locale, sameYear(ms, now) ? { day: 'numeric', month: 'short' } : { dateStyle: 'short' }).format(ms);
}

/** Over the messages of a day. */
export function dayTitle(locale: string, ms: number, now: number): string {
  const ago = daysAgo(ms, now);
  if (ago === 0 || ago === 1) return relative(locale, ago);
  return capital(
    locale,
    format(
      locale,
      sameYear(ms, now)
        ? { weekday: 'long', day: 'numeric', month: 'long' }
        : { day: 'numeric', month: 'long', year: 'numeric' },
    ).format(ms),
  );
}
