import { defineConfig } from '@playwright/test';
import shared from '../playwright.config';

/** `npm run tour`: pictures of the app for the documents. No test: it fails only when something on the way does. */
export default defineConfig({
  ...shared,
  testDir: '.',
  testMatch: 'tour.ts',
  outputDir: '../test-results/tour',
  timeout: 600_000,
  expect: { timeout: 30_000 },
  use: { ...shared.use, actionTimeout: 30_000, screenshot: 'only-on-failure' },
});
