// Fails when a string isn't in the catalogues, isn't translated, or is no longer used. Writes nothing.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const locales = join(root, 'src/locales');
const kept = mkdtempSync(join(tmpdir(), 'catalogues-'));
cpSync(locales, kept, { recursive: true });
const problems = [];
/** Without the header, which carries the time. */
const normal = (text) => text.slice(text.indexOf('\n\n'));

/** Blocks of a PO file as { id, translation }. */
function entries(text) {
  return text
    .split(/\n\n+/)
    .map((block) => {
      const field = (name) => {
        const match = new RegExp(`^${name} ((?:".*"\\n?)+)`, 'm').exec(block);
        return match
          ? match[1]
              .split('\n')
              .filter(Boolean)
              .map((line) => JSON.parse(line))
              .join('')
          : undefined;
      };
      return { id: field('msgid'), text: field('msgstr'), explained: /^#\. js-lingui-explicit-id/m.test(block) };
    })
    .filter((entry) => entry.id);
}

try {
  execFileSync('npx', ['lingui', 'extract', '--clean'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  for (const name of readdirSync(locales, { recursive: true }).filter((file) => file.endsWith('.po'))) {
    const now = readFileSync(join(locales, name), 'utf8');
    let before = '';
    try {
      before = readFileSync(join(kept, name), 'utf8');
    } catch {
      problems.push(`${name}: new; run npm run extract and translate`);
      continue;
    }
    if (normal(now) !== normal(before)) problems.push(`${name}: out of date; run npm run extract and translate`);
    for (const { id, text } of entries(now)) {
      if (!text) problems.push(`${name}: no translation of "${id}"`);
      const places = (value) =>
        [
          ...new Set(
            (value ?? '').match(/(?<!\b(?:zero|one|two|few|many|other|=\d+) )\{\w+(?=[,}])|<\/?\d+\/?>/g) ?? [],
          ),
        ]
          .sort()
          .join(' ');
      if (text && places(id) !== places(text)) problems.push(`${name}: placeholders differ in "${id}"`);
    }
  }
} finally {
  cpSync(kept, locales, { recursive: true });
  rmSync(kept, { recursive: true });
}
if (problems.length > 0) {
  console.error(problems.slice(0, 50).join('\n'));
  console.error(`${problems.length} problem(s) in the catalogues`);
  process.exit(1);
}
console.log('Catalogues are complete.');
