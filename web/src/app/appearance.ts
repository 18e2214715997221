import type { Preferences } from '../models/preferences';
import type { Locale } from './locale';

export type Direction = 'ltr' | 'rtl';

/** Puts the settings on the root element, where the tokens look for them. */
export function applyAppearance(
  preferences: Preferences,
  locale: Locale,
  direction: Direction,
  root: HTMLElement = document.documentElement,
): void {
  if (preferences.theme === 'system') delete root.dataset['theme'];
  else root.dataset['theme'] = preferences.theme;
  if (preferences.textSize === 'normal') delete root.dataset['textSize'];
  else root.dataset['textSize'] = preferences.textSize;
  root.lang = locale;
  root.dir = direction;
}
