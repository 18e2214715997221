import { defineConfig } from '@lingui/conf';
import { formatter } from '@lingui/format-po';

// Several catalogues, so that people translating at once don't edit the same file. All are loaded together.
const folders = (...names: string[]) => names.map((name) => `<rootDir>/src/${name}/**`);
const conversation = folders(
  ...['conversations', 'thread', 'composer', 'search'].map((name) => `screens/${name}`),
  ...['conversations', 'thread', 'search', 'composer', 'media'].map((name) => `models/${name}`),
);
const media = folders(...['media', 'group', 'new', 'info', 'notes'].map((name) => `screens/${name}`));

export default defineConfig({
  sourceLocale: 'en',
  locales: ['en', 'es', 'fr'],
  fallbackLocales: { default: 'en' },
  catalogs: [
    {
      path: '<rootDir>/src/locales/{locale}/app',
      include: ['<rootDir>/src/**'],
      exclude: [
        ...conversation,
        ...media,
        '<rootDir>/src/engine/**',
        '<rootDir>/src/api/**',
        '**/*.test.*',
        '**/*.d.ts',
      ],
    },
    { path: '<rootDir>/src/locales/{locale}/conversation', include: conversation, exclude: ['**/*.test.*'] },
    { path: '<rootDir>/src/locales/{locale}/media', include: media, exclude: ['**/*.test.*'] },
  ],
  format: formatter({ lineNumbers: false, origins: false }),
  orderBy: 'message',
});
