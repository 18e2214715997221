// axe over every page of the gallery, phone, tablet and desk, light and dark. Any finding fails.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { openEntry, openGallery } from './gallery-browser.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const { browser, origin, entries, close } = await openGallery();
const findings = [];
// Said at once: the whole takes minutes.
const found = (finding) => {
  findings.push(finding);
  console.error(finding);
};

for (const width of [360, 768, 1440]) {
  // The policy would refuse axe, which is no part of the app; shots.mjs runs with it.
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    bypassCSP: true,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  for (const id of entries) {
    for (const theme of ['light', 'dark']) {
      await openEntry(page, origin, id, `&theme=${theme}`);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() =>
        globalThis.axe.run(document, {
          runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        }),
      );
      for (const violation of violations)
        for (const node of violation.nodes)
          found(`${id} ${width} ${theme}: ${violation.id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`);
    }
  }
  await context.close();
}
await close();
if (findings.length > 0) {
  console.error(`${findings.length} findings`);
  process.exit(1);
}
console.log(`axe: nothing found on ${entries.length} pages`);
