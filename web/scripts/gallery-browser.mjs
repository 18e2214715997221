// Builds the gallery, serves it on loopback with the headers of the relay, and opens a browser on it.
import { chromium } from 'playwright-core';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
};

/** As strict as the relay's; a violation fails the scripts. */
export const CSP = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types chancery',
].join('; ');

export function serve(folder, index) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, 'http://localhost').pathname);
    const file = join(folder, path === '/' ? index : path);
    readFile(file).then(
      (content) => {
        response.writeHead(200, {
          'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
          'content-security-policy': CSP,
        });
        response.end(content);
      },
      () => response.writeHead(404).end(),
    );
  });
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve({ server, origin: `http://127.0.0.1:${server.address().port}` })),
  );
}

const CHROMIUM = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const launch = (executablePath) =>
  chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--font-render-hinting=none',
    ],
  });

/** Two browsers, one for each core. */
export async function openGallery() {
  const executablePath = CHROMIUM.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error('Chromium is missing: sudo apt-get install chromium');
  // GALLERY_BUILT: a folder that holds the built gallery already.
  const built = process.env.GALLERY_BUILT;
  if (!built)
    execFileSync('npx', ['vite', 'build', '--mode', 'gallery', '--logLevel', 'warn'], { cwd: root, stdio: 'inherit' });
  const { server, origin } = await serve(built ?? join(root, 'dist/gallery'), 'gallery.html');
  const browsers = [await launch(executablePath), await launch(executablePath)];
  const page = await browsers[0].newPage();
  await page.goto(origin);
  await page.waitForSelector('html[data-ready=true]');
  const ids = await page.locator('[data-entry]').evaluateAll((links) => links.map((link) => link.dataset.entry));
  await page.close();
  const wanted = process.argv.slice(2);
  const entries = wanted.length > 0 ? ids.filter((id) => wanted.some((part) => id.startsWith(part))) : ids;
  const close = async () => {
    await Promise.all(browsers.map((browser) => browser.close()));
    server.close();
  };
  if (entries.length === 0) {
    await close();
    throw new Error('the gallery has no such page: nothing would be looked at');
  }
  return { browsers, origin, entries, close };
}

/** The first opening of a page loads the code; later ones only change what is shown. */
export async function openEntry(page, origin, id, query = '') {
  const address = `${origin}/?entry=${id}${query}`;
  if (page.url().startsWith(origin)) {
    await page.evaluate((next) => {
      delete document.documentElement.dataset.ready;
      globalThis.history.replaceState(null, '', next);
      globalThis.dispatchEvent(new globalThis.PopStateEvent('popstate'));
    }, address);
  } else await page.goto(address);
  await page.waitForSelector('html[data-ready=true]');
}
