import { expect, test } from 'vitest';
import { dayTitle, listTime, momentTime } from './times';

const now = new Date(2026, 10, 19, 14, 32).getTime();
const at = (month: number, day: number, hour = 9, year = 2026) => new Date(year, month - 1, day, hour, 5).getTime();

test('the nearer, the shorter', () => {
  expect(listTime('en-GB', at(11, 19), now)).toBe('09:05');
  expect(listTime('en', at(11, 18, 23), now)).toBe('Yesterday');
  expect(listTime('es', at(11, 18, 23), now)).toBe('Ayer');
  expect(listTime('fr', at(11, 16), now)).toMatch(/^Lun/);
  expect(listTime('en', at(3, 2), now)).toBe('Mar 2');
  expect(listTime('en-GB', at(3, 2, 9, 2024), now)).toBe('02/03/2024');
  expect(listTime('en', 0, now)).toBe('');
});

test('days are named as people do', () => {
  expect(dayTitle('en', at(11, 19, 0), now)).toBe('Today');
  expect(dayTitle('fr', at(11, 18), now)).toBe('Hier');
  expect(dayTitle('en', at(11, 2), now)).toBe('Monday, November 2');
  expect(dayTitle('en', at(11, 2, 9, 2025), now)).toBe('November 2, 2025');
});

test('a moment of another day has its day', () => {
  expect(momentTime('en-GB', at(11, 19), now)).toBe('09:05');
  expect(momentTime('en-GB', at(11, 18), now)).toBe('18 Nov 2026, 09:05');
});

test('a clock that is ahead is still today', () => {
  expect(listTime('en-GB', now + 60_000, now)).toBe('14:33');
});
