// Looks at every page of the gallery at 360, 768 and 1440 px, light and dark: axe finds nothing, nothing is wider than the window, the console
// stays empty; a picture of each goes into shots/, some also mirrored and in French at the largest text.
// npm run gallery [-- id …] takes all, or those whose id begins like this.
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync } from 'node:fs';
import { openEntry, openGallery } from './gallery-browser.mjs';

const SIZES = [
  { width: 360, height: 740 },
  { width: 768, height: 1024 },
  { width: 1440, height: 900 },
];
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const folder = new URL('../shots/', import.meta.url).pathname;
mkdirSync(folder, { recursive: true });
const { browsers, origin, entries, close } = await openGallery();
const findings = new Set();

// Said at once: the whole takes minutes.
function found(finding) {
  if (findings.has(finding)) return;
  findings.add(finding);
  console.error(finding);
}

async function newPage(browser, size, options) {
  const context = await browser.newContext({
    viewport: size,
    deviceScaleFactor: size.width === 360 ? 2 : 1,
    reducedMotion: 'reduce',
    hasTouch: size.width === 360,
    ...options,
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('404')) found(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => found(`${page.url()}: ${error.message}`));
  return page;
}

/** Turns to the other theme without a new page; the tokens hang on this attribute. */
async function turnTo(page, theme) {
  await page.evaluate(async (wanted) => {
    const still = new globalThis.CSSStyleSheet();
    still.replaceSync('* { transition: none !important; }');
    document.adoptedStyleSheets = [still];
    document.documentElement.dataset.theme = wanted;
    await new Promise((painted) => globalThis.requestAnimationFrame(() => globalThis.requestAnimationFrame(painted)));
  }, theme);
}

async function checkWidth(page, name) {
  if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth))
    found(`${name}: wider than the window`);
}

async function checkWithAxe(page, name) {
  const check = () =>
    page.evaluate(async (runOnly) => {
      const { violations } = await globalThis.axe.run(document, {
        runOnly,
        resultTypes: ['violations'],
        preload: false,
      });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`),
      );
    }, RULES);
  if ((await check()).length === 0) return;
  // A dialog may still have been opening.
  await page.waitForTimeout(1000);
  for (const violation of await check()) found(`${name}: ${violation}`);
}

/** With the policy of the app: pictures, and what the console says. */
async function picture(page, id, size) {
  await openEntry(page, origin, id, '&theme=light');
  await checkWidth(page, `${id} at ${size.width}`);
  for (const theme of ['light', 'dark']) {
    await turnTo(page, theme);
    await page.screenshot({ path: `${folder}${id}-${size.width}-${theme}.png` });
  }
  if (size.width !== 360) return;
  await openEntry(page, origin, id, '&theme=light&dir=rtl');
  await page.screenshot({ path: `${folder}${id}-${size.width}-rtl.png` });
  await openEntry(page, origin, id, '&theme=light&lang=fr&text=largest');
  await checkWidth(page, `${id} with the largest text`);
  await page.screenshot({ path: `${folder}${id}-${size.width}-fr-largest.png` });
}

/** Without the policy, which would refuse axe. */
async function audit(page, id, size) {
  await openEntry(page, origin, id, '&theme=light');
  await page.evaluate(axe);
  for (const theme of ['light', 'dark']) {
    await turnTo(page, theme);
    await checkWithAxe(page, `${id} ${size.width} ${theme}`);
  }
}

async function overAll(browser, size, options, look) {
  const page = await newPage(browser, size, options);
  for (const id of entries) await look(page, id, size);
  await page.context().close();
}

for (const size of SIZES)
  await Promise.all([overAll(browsers[0], size, {}, picture), overAll(browsers[1], size, { bypassCSP: true }, audit)]);
await close();
if (findings.size > 0) {
  console.error(`${findings.size} findings`);
  process.exit(1);
}
console.log(`${entries.length} pages: axe found nothing; pictures in shots/`);
