import { i18n } from '@lingui/core';
import { orderBy } from '../models/order';
import { regional } from './regional';

export const LOCALES = { en: 'English', es: 'Español', fr: 'Français' } as const;
export type Locale = keyof typeof LOCALES;

type Words = Promise<{ messages: typeof i18n.messages }>;

const catalogues: Record<Locale, () => Promise<Awaited<Words>[]>> = {
  en: () => Promise.all([import('../locales/en/app.po'), import('../locales/en/conversation.po')]),
  es: () => Promise.all([import('../locales/es/app.po'), import('../locales/es/conversation.po')]),
  fr: () => Promise.all([import('../locales/fr/app.po'), import('../locales/fr/conversation.po')]),
};

/** What the first screen doesn't say: media, groups, details. */
const laterCatalogues: Record<Locale, () => Words> = {
  en: () => import('../locales/en/media.po'),
  es: () => import('../locales/es/media.po'),
  fr: () => import('../locales/fr/media.po'),
};
let wantsAll = false;

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
  const parts = await Promise.all([catalogues[locale](), wantsAll ? laterCatalogues[locale]() : { messages: {} }]);
  orderBy(locale);
  i18n.loadAndActivate({
    locale,
    locales: regional(locale),
    messages: Object.assign({}, ...parts.flat().map((part) => part.messages)) as typeof i18n.messages,
  });
}

/** Loads the words that every screen but the first needs; a screen's code is loaded beside them. */
export async function loadAllWords(): Promise<void> {
  if (wantsAll) return;
  wantsAll = true;
  const locale = i18n.locale as Locale;
  try {
    const { messages } = await laterCatalogues[locale]();
    // Another language, chosen meanwhile, brought its own.
    if (i18n.locale === locale) i18n.load(locale, messages);
  } catch (error) {
    wantsAll = false;
    throw error;
  }
}
