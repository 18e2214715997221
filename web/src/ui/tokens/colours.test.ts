import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const css = readFileSync(new URL('./colours.css', import.meta.url), 'utf8');
const roles = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(([, name, light, dark]) => [
    name ?? '',
    { light: light ?? '', dark: dark ?? '' },
  ]),
);

/** Relative luminance, WCAG 2.2. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

const grounds = ['canvas', 'surface', 'raised', 'sunken', 'hover', 'pressed', 'selected'];
const on = (texts: string[], backgrounds: string[]) =>
  texts.flatMap((text) => backgrounds.map((ground) => [text, ground] as const));

/** Text: at least 4.5 to 1. */
const textPairs = [
  ...on(['text', 'muted'], [...grounds, 'bubble-other']),
  ...on(
    ['faint', 'accent-text', 'danger-text', 'warning-text', 'success-text'],
    ['canvas', 'surface', 'raised', 'sunken', 'hover', 'bubble-other'],
  ),
  ...on(['on-accent'], ['accent', 'accent-hover', 'accent-pressed']),
  ...on(['on-danger'], ['danger', 'danger-hover', 'danger-pressed']),
  ...on(['on-accent-soft'], ['accent-soft', 'selected']),
  ...on(['on-bubble-own', 'bubble-own-muted', 'accent-text'], ['bubble-own']),
  ...['danger', 'warning', 'success'].flatMap((role) => on([`on-${role}-soft`, `${role}-text`], [`${role}-soft`])),
  ...on(['on-inverse', 'inverse-accent'], ['inverse']),
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => [`on-avatar-${n}`, `avatar-${n}`] as const),
];

/** Bounds of controls, icons and the focus ring: at least 3 to 1. */
const shapePairs = on(['line-strong', 'focus', 'accent', 'danger'], ['canvas', 'surface', 'raised', 'sunken', 'hover']);

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  const value = (role: string) => {
    const colour = roles.get(role);
    if (!colour) throw new Error(`no colour role ${role}`);
    return colour[theme];
  };
  test.each(textPairs)('text %s on %s can be read', (text, ground) => {
    expect(contrast(value(text), value(ground))).toBeGreaterThanOrEqual(4.5);
  });
  test.each(shapePairs)('shape %s on %s can be seen', (shape, ground) => {
    expect(contrast(value(shape), value(ground))).toBeGreaterThanOrEqual(3);
  });
});
