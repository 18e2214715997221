import './ui/base.css';
import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { RouterProvider } from '@tanstack/react-router';
import { createRoot } from 'react-dom/client';
import { activateLocale, resolveLocale } from './app/locale';
import { router } from './app/router';

const place = document.getElementById('root');
if (place) {
  await activateLocale(resolveLocale('system', navigator.languages));
  createRoot(place).render(
    <I18nProvider i18n={i18n}>
      <RouterProvider router={router} />
    </I18nProvider>,
  );
}
