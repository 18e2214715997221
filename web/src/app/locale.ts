import { i18n } from '@lingui/core';
import { regional } from './regional';

export const LOCALES = { en: 'English', es: 'Español', fr: 'Français' } as const;
export type Locale = keyof typeof LOCALES;

const catalogues: Record<Locale, () => Promise<{ messages: typeof i18n.messages }[]>> = {
  en: () =>
    Promise.all([
      import('../locales/en/app.po'),
      import('../locales/en/conversation.po'),
      import('../locales/en/media.po'),
    ]),
  es: () =>
    Promise.all([
      import('../locales/es/app.po'),
      import('../locales/es/conversation.po'),
      import('../locales/es/media.po'),
    ]),
  fr: () =>
    Promise.all([
      import('../locales/fr/app.po'),
      import('../locales/fr/conversation.po'),
      import('../locales/fr/media.po'),
    ]),
};

/** The language to use for a setting: `system` follows the browser's list. */
export function resolveLocale(setting: Locale | 'system', browser: readonly string[]): Locale {
  if (setting !== 'system') return setting;
  for (const tag of browser) {
    const language = tag.split('-')[0];
    if (language === 'en' || language === 'es' || language === 'fr') return language;
  }
  return 'en';
}

export async function activateLocale(locale: Locale): Promise<void> {
  const parts = await catalogues[locale]();
  i18n.loadAndActivate({
    locale,
    locales: regional(locale),
    messages: Object.assign({}, ...parts.map((part) => part.messages)) as typeof i18n.messages,
  });
}
