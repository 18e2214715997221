// What the app's entry reaches, followed through its imports: the sample office must not be in it, nor anything from another origin.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('.', import.meta.url));

function resolve(from: string, specifier: string): string | undefined {
  const base = specifier.startsWith('~/')
    ? join(root, specifier.slice(2))
    : specifier.startsWith('.')
      ? join(dirname(from), specifier)
      : undefined;
  if (base === undefined) return undefined;
  return [base, `${base}.ts`, `${base}.tsx`, join(base, 'index.ts'), join(base, 'index.tsx')].find(
    (path) => /\.tsx?$/.test(path) && existsSync(path),
  );
}

function reach(entry: string): Set<string> {
  const seen = new Set<string>();
  const queue = [entry];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const text = readFileSync(file, 'utf8');
    for (const [, a, b, c] of text.matchAll(
      /(?:from\s+'([^']+)')|(?:import\(\s*'([^']+)')|(?:new URL\(\s*'([^']+)')/g,
    )) {
      const found = resolve(file, a ?? b ?? c ?? '');
      if (found !== undefined) queue.push(found);
    }
  }
  return seen;
}

const files = [...reach(join(root, 'main.tsx')), ...reach(join(root, 'sw/sw.ts'))];

test('the shipped app does not reach the fake engine', () => {
  expect(files.some((file) => file.endsWith('screens/settings/settings.tsx'))).toBe(true);
  expect(files.filter((file) => file.includes('engine/fake'))).toEqual([]);
});

test('no file of the shipped app names another origin to load from', () => {
  const external = files.filter((file) =>
    /(?:fetch|import|src=|href=|url)\(?\s*['"`]https?:\/\/(?!127\.|localhost)/.test(readFileSync(file, 'utf8')),
  );
  expect(external).toEqual([]);
});
