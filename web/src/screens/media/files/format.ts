import { i18n } from '@lingui/core';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** "3.4 MB" in the reader's language. Powers of 1000, as file managers and phones count. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return i18n.number(value, {
    style: 'unit',
    unit: UNITS[unit] ?? 'byte',
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits: unit === 0 || value >= 100 ? 0 : 1,
  });
}

/** "1:05", "1:02:07". */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** Decimal degrees with five places: about a metre. */
export function formatCoordinates(latitudeE7: number, longitudeE7: number): string {
  const degrees = (value: number) =>
    i18n.number(Math.abs(value) / 1e7, { minimumFractionDigits: 5, maximumFractionDigits: 5 });
  return `${degrees(latitudeE7)}° ${latitudeE7 < 0 ? 'S' : 'N'}, ${degrees(longitudeE7)}° ${longitudeE7 < 0 ? 'W' : 'E'}`;
}

/** For other programs: "52.5200080, 13.4049540", whatever the language. */
export function plainCoordinates(latitudeE7: number, longitudeE7: number): string {
  return `${(latitudeE7 / 1e7).toFixed(7)}, ${(longitudeE7 / 1e7).toFixed(7)}`;
}

export function formatMetres(metres: number): string {
  return metres >= 1000
    ? i18n.number(metres / 1000, { style: 'unit', unit: 'kilometer', maximumFractionDigits: 1 })
    : i18n.number(metres, { style: 'unit', unit: 'meter', maximumFractionDigits: 0 });
}
