import { expect, test } from 'vitest';
import { resolveLocale } from './locale';
import { formatBytes, formatDay, formatDuration } from './format';

const NOW = Date.UTC(2026, 10, 19, 14);
const TODAY = Math.floor(NOW / 86_400_000);

test('days, sizes and durations are told in the language', () => {
  expect(formatDay('en', TODAY, NOW)).toBe('today');
  expect(formatDay('fr', TODAY - 1, NOW)).toBe('hier');
  expect(formatDay('es', TODAY - 3, NOW)).toBe('hace 3 días');
  expect(formatDay('en', TODAY - 47, NOW)).toBe('Oct 3, 2026');
  expect(formatBytes('en', 186_400_000)).toBe('186 MB');
  expect(formatBytes('fr', 1500)).toContain('1,5');
  expect(formatDuration('es', 168)).toBe('7 días');
  expect(formatDuration('en', 8)).toBe('8 hours');
});

test('the language follows the setting, then the browser, then English', () => {
  expect(resolveLocale('fr', ['es'])).toBe('fr');
  expect(resolveLocale('system', ['de-DE', 'es-MX', 'en'])).toBe('es');
  expect(resolveLocale('system', ['de'])).toBe('en');
});
