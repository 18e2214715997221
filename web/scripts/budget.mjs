// The size of the first load, from dist/app as `cargo xtask web` made it. Any budget that is exceeded fails.
//
// What a browser fetches until the list of conversations is there is followed from index.html through imports, workers, WebAssembly and styles. An import
// that happens on demand counts when it is one of `ALWAYS`.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'vite';

/** Budgets of compressed bytes: all of the first load, and the JavaScript in it. */
const TOTAL_BYTES = 1_400_000;
const SCRIPT_BYTES = 250_000;
/** Chunks that are imported on demand, and demanded by every start: the first route, and the words. Of words in several languages the longest count. */
const ALWAYS = { 'main-layout': 'first route', app: 'words', conversation: 'words' };

const app = fileURLToPath(new URL('../dist/app', import.meta.url));
if (!existsSync(join(app, 'index.html.br'))) {
  console.error('web/dist/app holds no compressed build: run `cargo xtask web`.');
  process.exit(1);
}
const assets = new Set(readdirSync(join(app, 'assets')).filter((name) => !name.endsWith('.br')));
const read = (name) => readFileSync(join(app, name), 'utf8');

/** What travels: the compressed form where the relay has one. */
function size(name) {
  const path = join(app, name);
  return statSync(existsSync(`${path}.br`) ? `${path}.br` : path).size;
}

/** `main-layout-B1x2_3aZ.js` is the chunk `main-layout`. */
const chunk = (name) => name.replace(/^assets\//, '').replace(/-[\w-]{8}\.\w+$/, '');

function walk(node, visit) {
  if (node === null || typeof node !== 'object') return;
  if (Array.isArray(node)) return node.forEach((each) => walk(each, visit));
  if (typeof node.type === 'string' && visit(node) === false) return;
  for (const [key, value] of Object.entries(node)) if (key !== 'type') walk(value, visit);
}

/** The asset that a string names, if any. */
function asset(text) {
  const name = typeof text === 'string' ? text.slice(text.lastIndexOf('/') + 1) : '';
  return assets.has(name) ? name : undefined;
}

/** Assets that a script needs, and those that it imports on demand, each with what comes along. */
function references(name) {
  const needs = new Set();
  const demands = [];
  const tree = parseAst(read(name));
  let deps = [];
  walk(tree, (node) => {
    // Vite's table of what an import on demand brings along: `__vite__mapDeps = (i, m = __vite__mapDeps, d = m.f || (m.f = [...])) => ...`
    if (node.type === 'VariableDeclarator' && node.id.name === '__vite__mapDeps') {
      walk(node.init, (inner) => {
        if (inner.type === 'ArrayExpression' && deps.length === 0) deps = inner.elements.map((each) => each.value);
      });
      return false;
    }
    return true;
  });
  walk(tree, (node) => {
    if (node.type === 'VariableDeclarator' && node.id.name === '__vite__mapDeps') return false;
    // `preload(() => import('./x.js'), __vite__mapDeps([0, 1]))`
    if (node.type === 'CallExpression') {
      const [first, second] = node.arguments;
      let imported;
      if (first?.type === 'ArrowFunctionExpression')
        walk(first.body, (inner) => {
          if (inner.type === 'ImportExpression') imported = asset(inner.source.value);
        });
      if (imported && second?.type === 'CallExpression' && second.callee.name === '__vite__mapDeps') {
        const along = second.arguments[0].elements.map((each) => asset(deps[each.value]));
        demands.push({ imported, along });
        return false;
      }
    }
    if (node.type === 'ImportExpression') {
      const imported = asset(node.source.value);
      if (imported) demands.push({ imported, along: [] });
      return false;
    }
    const text = node.type === 'Literal' ? node.value : node.type === 'TemplateElement' ? node.value.cooked : undefined;
    const found = asset(text);
    if (found) needs.add(found);
    return true;
  });
  return { needs, demands };
}

/** Everything that is fetched, with the reason. */
const fetched = new Map();
const waiting = [];
function fetch(name, why) {
  if (fetched.has(name)) return;
  fetched.set(name, why);
  if (extname(name) === '.js') waiting.push(name);
}
const inAssets = (name) => `assets/${name}`;

fetch('index.html', 'page');
for (const [, tag, address] of read('index.html').matchAll(/<(script|link)\b[^>]*?\b(?:src|href)="\/([^"]+)"/g)) {
  // Of the icons only the tab's: the others are for installing.
  if (!address.includes('touch-icon')) fetch(address, tag === 'script' ? 'entry' : 'page');
}
const demanded = new Map();
while (waiting.length > 0) {
  const script = waiting.shift();
  const { needs, demands } = references(script);
  for (const each of needs) fetch(inAssets(each), `from ${chunk(script)}`);
  for (const demand of demands) {
    const name = chunk(demand.imported);
    if (!(name in ALWAYS)) continue;
    const versions = demanded.get(name) ?? new Map();
    demanded.set(name, versions.set(demand.imported, demand.along));
  }
  if (waiting.length > 0) continue;
  for (const [name, versions] of demanded) {
    const [largest, along] = [...versions].reduce((a, b) => (size(inAssets(a[0])) >= size(inAssets(b[0])) ? a : b));
    for (const each of [largest, ...along]) if (each) fetch(inAssets(each), ALWAYS[name]);
  }
}
const missing = Object.keys(ALWAYS).filter((name) => !demanded.has(name));
if (missing.length > 0) {
  console.error(
    `No import of ${missing.join(', ')} was found: has a chunk another name? Correct ALWAYS in scripts/budget.mjs.`,
  );
  process.exit(1);
}

const rows = [...fetched].map(([name, why]) => ({ name, why, bytes: size(name) })).sort((a, b) => b.bytes - a.bytes);
const sum = (of) => of.reduce((bytes, row) => bytes + row.bytes, 0);
const scripts = rows.filter((row) => extname(row.name) === '.js');
const kb = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(11);
for (const row of rows) console.log(`${kb(row.bytes)}  ${row.name}  (${row.why})`);
console.log('');
let exceeded = false;
for (const [what, bytes, budget] of [
  ['first load', sum(rows), TOTAL_BYTES],
  ['its JavaScript', sum(scripts), SCRIPT_BYTES],
]) {
  const over = bytes > budget;
  exceeded ||= over;
  console.log(`${kb(bytes)}  ${what}, of at most ${kb(budget).trim()}${over ? ': too much' : ''}`);
}
// What the service worker fetches afterwards for offline starts, languages and emoji included.
const rest = [...assets].map(inAssets).filter((name) => !fetched.has(name));
console.log(`${kb(sum(rest.map((name) => ({ bytes: size(name) }))))}  more, in the background or on demand`);
if (exceeded) process.exit(1);
