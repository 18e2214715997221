import { defineConfig } from '@lingui/conf';
import { formatter } from '@lingui/format-po';

// Two catalogues, so that two people translating at once don't edit the same file. Both are loaded together.
const conversation = [
  ...['conversations', 'thread', 'composer', 'media', 'search', 'group', 'info', 'new'].map(
    (name) => `screens/${name}`,
  ),
  ...['conversations', 'thread', 'search', 'composer', 'media'].map((name) => `models/${name}`),
].map((folder) => `<rootDir>/src/${folder}/**`);

export default defineConfig({
  sourceLocale: 'en',
  locales: ['en', 'es', 'fr'],
  fallbackLocales: { default: 'en' },
  catalogs: [
    {
      path: '<rootDir>/src/locales/{locale}/app',
      include: ['<rootDir>/src/**'],
      exclude: [...conversation, '<rootDir>/src/engine/**', '<rootDir>/src/api/**', '**/*.test.*', '**/*.d.ts'],
    },
    { path: '<rootDir>/src/locales/{locale}/conversation', include: conversation, exclude: ['**/*.test.*'] },
  ],
  format: formatter({ lineNumbers: false, origins: false }),
  orderBy: 'message',
});
