import { defineConfig } from '@lingui/conf';
import { formatter } from '@lingui/format-po';

// Two catalogues, so that two people translating at once don't edit the same file. Both are loaded together.
const conversation = ['conversations', 'thread', 'composer', 'media', 'search', 'group'].map(
  (screen) => `<rootDir>/src/screens/${screen}`,
);

export default defineConfig({
  sourceLocale: 'en',
  locales: ['en', 'es', 'fr'],
  fallbackLocales: { default: 'en' },
  catalogs: [
    {
      path: '<rootDir>/src/locales/{locale}/app',
      include: ['<rootDir>/src'],
      exclude: [...conversation, '**/*.test.*', '**/node_modules/**'],
    },
    { path: '<rootDir>/src/locales/{locale}/conversation', include: conversation, exclude: ['**/*.test.*'] },
  ],
  format: formatter({ lineNumbers: false, origins: false }),
  orderBy: 'message',
});
