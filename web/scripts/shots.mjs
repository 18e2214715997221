// Pictures of every page of the gallery: 360, 768 and 1440 px, light and dark; some also mirrored and in other languages.
// npm run shots [-- id …] takes all, or those whose id begins like this.
import { mkdirSync } from 'node:fs';
import { openEntry, openGallery } from './gallery-browser.mjs';

const SIZES = [
  { width: 360, height: 740 },
  { width: 768, height: 1024 },
  { width: 1440, height: 900 },
];
const folder = new URL('../shots/', import.meta.url).pathname;
mkdirSync(folder, { recursive: true });
const { browser, origin, entries, close } = await openGallery();
const problems = [];

for (const size of SIZES) {
  const context = await browser.newContext({
    viewport: size,
    deviceScaleFactor: size.width === 360 ? 2 : 1,
    reducedMotion: 'reduce',
    hasTouch: size.width === 360,
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('404'))
      problems.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`${page.url()}: ${error.message}`));
  for (const id of entries) {
    for (const theme of ['light', 'dark']) {
      await openEntry(page, origin, id, `&theme=${theme}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      if (wide) problems.push(`${id} at ${size.width}: wider than the window`);
      await page.screenshot({ path: `${folder}${id}-${size.width}-${theme}.png` });
    }
    if (size.width === 360) {
      await openEntry(page, origin, id, '&theme=light&dir=rtl');
      await page.screenshot({ path: `${folder}${id}-${size.width}-rtl.png` });
      await openEntry(page, origin, id, '&theme=light&lang=fr&text=largest');
      if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth))
        problems.push(`${id}: largest text is wider than the window`);
      await page.screenshot({ path: `${folder}${id}-${size.width}-fr-largest.png` });
    }
  }
  await context.close();
}
await close();
if (problems.length > 0) {
  console.error([...new Set(problems)].join('\n'));
  process.exit(1);
}
console.log(`${entries.length} pages in shots/`);
