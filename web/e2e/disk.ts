/** What a thief finds who takes a browser's profile from the disk. */
import { expect } from '@playwright/test';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Which of these texts stand in the raw files of the origin private file system. The browser's profile is read from outside, as a thief would: the engine
 * holds its files open and no script could read them.
 */
export function found(profile: string, needles: string[]): string[] {
  const folders = readdirSync(profile, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && /File System|IndexedDB|Local Storage|Session Storage|Cache/.test(entry.parentPath),
    )
    .map((entry) => join(entry.parentPath, entry.name));
  let stored = 0;
  const hits = new Set<string>();
  for (const path of folders) {
    const bytes = readFileSync(path);
    if (path.includes('File System')) stored += bytes.length;
    for (const needle of needles) {
      if (bytes.includes(needle) || bytes.includes(Buffer.from(needle, 'utf16le')))
        hits.add(`${needle} in ${path.slice(profile.length)}`);
    }
  }
  expect(stored, 'the search saw the store').toBeGreaterThan(100_000);
  return [...hits];
}
