import { defineConfig } from '@playwright/test';
import { existsSync } from 'node:fs';

const chromium =
  process.env['CHROMIUM'] ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
if (!chromium) {
  throw new Error('The browser tests need Chromium: `sudo apt-get install chromium`, or set CHROMIUM to where it is.');
}

export default defineConfig({
  testDir: 'e2e',
  timeout: 90_000,
  // A busy machine takes its time to derive a key from a PIN.
  expect: { timeout: 15_000 },
  workers: 1,
  forbidOnly: process.env['CI'] !== undefined,
  reporter: [['list']],
  outputDir: 'test-results',
  use: {
    browserName: 'chromium',
    launchOptions: {
      executablePath: chromium,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
