import fc from 'fast-check';
import { expect, test } from 'vitest';
import examples from './addresses.json';
import { addressesOf } from './addresses';
import { parseMarkdown } from './parse';
import type { Block, Inline } from './types';

const cases = examples as unknown as [text: string, urls: string[]][];

test.each(cases)('in %j the addresses are %j', (text, urls) => {
  const found = addressesOf(text);
  expect(found.map((one) => one.url)).toEqual(urls);
  for (const { start, end, url } of found) expect(url.endsWith(text.slice(start, end))).toBe(true);
});

/** Addresses of links and mentions, wherever they stand. */
function opened(blocks: readonly Block[]): string[] {
  const within = (nodes: readonly Inline[]): string[] =>
    nodes.flatMap((node) => {
      if (node.t === 'link') return [node.href];
      if (node.t === 'mention') return [`mailto:${node.user}`];
      return 'c' in node ? within(node.c) : [];
    });
  return blocks.flatMap((block) => {
    if (block.t === 'p') return within(block.c);
    if (block.t === 'quote') return opened(block.c);
    return block.t === 'list' ? block.items.flatMap(opened) : [];
  });
}

test.each(cases)('%j is shown with links to %j', (text, urls) => {
  // Code stays code, and whoever names a host of another's is told by the host beside it.
  if (text.startsWith('`')) return;
  const expected = urls.map((url) => {
    const parsed = new URL(url);
    parsed.username = '';
    return parsed.href;
  });
  expect(opened(parseMarkdown(text))).toEqual(expected);
});

test('an address within formatting, a list or a quotation is found at its place', () => {
  expect(
    opened(parseMarkdown('> 見て **https://example.com/a_**。\n\n- one https://example.org/_b_/**c**\n- two')),
  ).toEqual(['https://example.com/a_', 'https://example.org/_b_/**c']);
  expect(opened(parseMarkdown('\ufeffhttps://example.com/a'))).toEqual(['https://example.com/a']);
  expect(opened(parseMarkdown('[words](https://example.com/a_(b)) https://example.org'))).toEqual([
    'https://example.com/a_(b)',
    'https://example.org/',
  ]);
});

test('addresses of whatever text are slices of it, in order, and parse quickly', () => {
  const part = fc.constantFrom(
    'https://',
    'www.',
    'example.com',
    '/',
    '(',
    ')',
    '。',
    '次',
    '@',
    '_',
    '**',
    ' ',
    '.',
    '[',
    ']',
    'a',
    '\u202e',
    '😀',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
      const text = parts.join('');
      let past = 0;
      for (const { start, end } of addressesOf(text)) {
        expect(start).toBeGreaterThanOrEqual(past);
        expect(end).toBeGreaterThan(start);
        past = end;
      }
      expect(past).toBeLessThanOrEqual(text.length);
      parseMarkdown(text);
    }),
    { numRuns: 500, seed: 58 },
  );
});
