import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { useEffect, useState, type ReactNode } from 'react';
import { I18nProvider as AriaI18nProvider } from 'react-aria-components';
import { ToastRegion } from '../ui';
import { applyAppearance, type Direction } from './appearance';
import { AppContext, type App } from './context';
import { activateLocale, resolveLocale, type Locale } from './locale';
import { useModel } from './use-model';

// React Aria takes the direction from the locale; Arabic stands in when the mirrored layout is tested.
const ariaLocale: Record<Locale, string> = { en: 'en-US', es: 'es-ES', fr: 'fr-FR' };

export interface ProvidersProps {
  app: App;
  direction?: Direction;
  children: ReactNode;
}

/** Language, direction, theme and text size, from the settings. */
export function Providers({ app, direction = 'ltr', children }: ProvidersProps) {
  const preferences = useModel(app.preferences);
  const wanted = resolveLocale(preferences.language, navigator.languages);
  const [locale, setLocale] = useState<Locale>(i18n.locale as Locale);

  useEffect(() => {
    let over = false;
    void activateLocale(wanted).then(() => {
      if (!over) setLocale(wanted);
    });
    return () => {
      over = true;
    };
  }, [wanted]);

  useEffect(() => {
    applyAppearance(preferences, locale, direction);
  }, [preferences, locale, direction]);

  return (
    <AppContext value={app}>
      <I18nProvider i18n={i18n}>
        <AriaI18nProvider locale={direction === 'rtl' ? 'ar-EG' : ariaLocale[locale]}>
          {children}
          <ToastRegion />
        </AriaI18nProvider>
      </I18nProvider>
    </AppContext>
  );
}
