import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isUnformatted, parseMarkdown, parseRichText, plain, wordsOf } from './parse';
import { emojiOnly, plainLine, readable } from './text';
import type { Block, Inline } from './types';

const inline = (text: string): readonly Inline[] => {
  const [block] = parseRichText(text);
  return block?.t === 'p' ? block.c : [];
};
/** Every link of a text, wherever it is. */
function links(blocks: readonly Block[]): Extract<Inline, { t: 'link' }>[] {
  const within = (nodes: readonly Inline[]): Extract<Inline, { t: 'link' }>[] =>
    nodes.flatMap((node) => (node.t === 'link' ? [node, ...within(node.c)] : 'c' in node ? within(node.c) : []));
  return blocks.flatMap((block) => {
    if (block.t === 'p') return within(block.c);
    if (block.t === 'quote') return links(block.c);
    return block.t === 'list' ? block.items.flatMap(links) : [];
  });
}

test('what a chat needs is formatted', () => {
  expect(inline('**b** _i_ ~~s~~ `c`').map((node) => node.t)).toEqual([
    'strong',
    'text',
    'em',
    'text',
    'strike',
    'text',
    'code',
  ]);
  expect(parseRichText('> q\n\n1. a\n2. b\n\n```\nx\n```').map((block) => block.t)).toEqual(['quote', 'list', 'pre']);
  expect(inline('one\ntwo').map((node) => node.t)).toEqual(['text', 'break', 'text']);
});

test('what a chat does not have stays text', () => {
  for (const text of [
    '# not a heading',
    '<b>no</b>',
    '<script>alert(1)</script>',
    '---',
    '~one~',
    '[a]: https://x.example',
  ])
    expect(
      parseRichText(text)
        .flatMap((block) => (block.t === 'p' ? wordsOf(block.c) : ['?']))
        .join('\n'),
    ).toBe(text);
  expect(links(parseRichText('![x](https://pixel.example/a.png)'))).toHaveLength(1);
});

test('a link shows where it leads unless its words say so', () => {
  const host = (text: string) => links(parseRichText(text))[0]?.host;
  expect(host('https://chancery.example/a')).toBeNull();
  expect(host('www.chancery.example')).toBeNull();
  expect(host('[the plan](https://chancery.example/a)')).toBe('chancery.example');
  expect(host('[https://bank.example](https://evil.example)')).toBe('evil.example');
  expect(host('[bank.example](https://bank.example.evil.example/)')).toBe('bank.example.evil.example');
  expect(host('[x](https://bank.example@evil.example/)')).toBe('evil.example');
  expect(links(parseRichText('[x](https://bank.example@evil.example/)'))[0]?.href).toBe('https://evil.example/');
  expect(host('[аpple.example](https://аpple.example)')).toBe('xn--pple-43d.example');
  expect(host('ask me@chancery.example')).toBeNull();
});

test.each([
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  'file:///etc/passwd',
  'blob:https://a/b',
  '//evil.example',
  '/settings',
  'mimi://x',
  ' javascript:alert(1)',
  'java\tscript:alert(1)',
  '&#106;avascript:alert(1)',
])('%j is never a link', (url) => {
  expect(links(parseRichText(`[click](<${url}>) [again](${url}) <${url}>`))).toEqual([]);
});

test('mentions are people, also as they are typed', () => {
  expect(inline('Hi [@Ana \\[R\\]](mimi://lindenhof.example/u/ana.ruiz)!')[1]).toEqual({
    t: 'mention',
    user: 'ana.ruiz@lindenhof.example',
    name: 'Ana [R]',
  });
  expect(inline('Hi @ana.ruiz@lindenhof.example!')[1]).toMatchObject({
    t: 'mention',
    user: 'ana.ruiz@lindenhof.example',
  });
  expect(inline('[@all](mimi://lindenhof.example/r/00112233445566778899aabbccddeeff)')[0]?.t).toBe('everyone');
  expect(readable('Hi [@Ana \\[R\\]](mimi://a.example/u/ana)')).toBe('Hi @Ana [R]');
});

test('a line of plain words is what the parser shows, without its looks', () => {
  const shown = (blocks: readonly Block[]): string =>
    blocks
      .map((block) => {
        switch (block.t) {
          case 'p':
            return wordsOf(block.c);
          case 'pre':
            return block.v;
          case 'quote':
            return shown(block.c);
          case 'list':
            return block.items.map((item) => `• ${shown(item)}`).join('\n');
        }
      })
      .join('\n');
  for (const text of [
    'Could we have the **final** copy by *noon*? ~~Or not~~ __now__ _then_',
    'Hi [@Ana \\[R\\]](mimi://lindenhof.example/u/ana.ruiz), see **[the brief](https://x.example/a_b_c)**!',
    '***both*** and **one _in_ another** and un**split**able',
    'snake_case_name, 2 * 3 * 4, a ** b, 5~~, \\*not\\* and `**code** _too_`, ``a ` b``',
    '> **quoted**\n> twice\n\nand an answer',
    '- first\n- *second*\n* 2 * 3',
    'Run:\n\n```sh\nnpm **run** x\n```\nthen wait',
    '```\nonly_code_here\n```',
    'half **open and [half](link and `tick',
    'https://x.example/_a_/**b** stays',
  ])
    expect(plainLine(text), text).toBe(shown(parseRichText(text)).replace(/\s+/g, ' ').trim());
  expect(plainLine('Run: ```npm **run** x``` then')).toBe('Run: npm **run** x then');
});

test('a hostile text is a line in no time', () => {
  const before = performance.now();
  for (const part of ['~~a ', '*a ', '_a ', '[a', '``a`', '> > - ', '\\', '[a](mimi:', '*_~~'])
    plainLine(part.repeat(8000));
  expect(performance.now() - before).toBeLessThan(1500);
});

test('a text of emoji alone is counted by what one sees', () => {
  expect(emojiOnly('👍')).toBe(1);
  expect(emojiOnly('👨‍👩‍👧‍👦 🏳️‍🌈 🇪🇸')).toBe(3);
  expect(emojiOnly('1️⃣')).toBe(1);
  for (const text of ['', '12', 'ok 👍', '🎉'.repeat(7), '©']) expect(emojiOnly(text)).toBe(0);
});

const PARTS = [
  '**',
  '_',
  '~~',
  '`',
  '```\n',
  '> ',
  '- ',
  '1. ',
  '[',
  '](',
  ')',
  '<',
  '>',
  '!',
  '\n',
  '\n\n',
  '    ',
  '\\',
  '&#x6a;',
  'javascript:',
  'https://',
  'evil.example',
  'data:text/html,',
  'mailto:',
  '@',
  'mimi://a.example/u/b',
  '<img src=x onerror=alert(1)>',
  '\u202e',
  '\u0000',
  '_a*',
  '[x](',
  '|',
  '[^1]:',
  'x',
  ' ',
];
const hostile = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.array(fc.constantFrom(...PARTS), { maxLength: 60 }).map((parts) => parts.join('')),
  fc.tuple(fc.constantFrom(...PARTS), fc.integer({ min: 1, max: 3000 })).map(([part, n]) => part.repeat(n)),
);

test('whatever comes in, only known nodes and safe addresses come out, and soon', () => {
  const known = new Set([
    'text',
    'strong',
    'em',
    'strike',
    'code',
    'break',
    'link',
    'mention',
    'everyone',
    'p',
    'quote',
    'list',
    'pre',
  ]);
  const check = (node: Block | Inline, depth: number) => {
    expect(known.has(node.t)).toBe(true);
    expect(depth).toBeLessThan(40);
    if (node.t === 'link') {
      expect(new URL(node.href).protocol).toMatch(/^(?:https?|mailto):$/);
      // eslint-disable-next-line no-control-regex
      expect(node.href).not.toMatch(/^\s|[\u0000-\u001f\u202e]/u);
      expect(wordsOf(node.c)).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/u);
    }
    if ('c' in node) for (const child of node.c) check(child, depth + 1);
    if (node.t === 'list') for (const item of node.items) for (const child of item) check(child, depth + 1);
  };
  fc.assert(
    fc.property(hostile, (text) => {
      const begin = performance.now();
      for (const block of parseRichText(text)) check(block, 0);
      expect(performance.now() - begin).toBeLessThan(3000);
    }),
    { numRuns: 400, seed: 20_261_119 },
  );
}, 60_000);

test('what isn’t parsed because it has no signs is what parsing would give', () => {
  const pieces = [
    'a',
    'Zoë',
    '1',
    '12',
    '.',
    ')',
    '(',
    ' ',
    '  ',
    ':',
    '/',
    '-',
    '*',
    '_',
    '!',
    '?',
    '…',
    '"',
    '’',
    '👍🏽',
    '👩‍🚀',
    'www',
    'www.',
    'x.de',
    '@',
    '\n',
    '\t',
    '\u00a0',
    '\ufeff',
    '&amp;',
    '#',
  ];
  let unformatted = 0;
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
      const text = parts.join('');
      if (!isUnformatted(text)) return;
      unformatted += 1;
      expect(parseMarkdown(text)).toEqual(plain(text));
    }),
    { numRuns: 20_000, seed: 20_261_122 },
  );
  expect(unformatted).toBeGreaterThan(500);
  for (const text of ['See you at 9:30, then (room 2)!', 'C’est prêt…', '¿Quedamos? 👍🏽', '한국어와 العربية'])
    expect(isUnformatted(text)).toBe(true);
  for (const text of [
    '1. first',
    '12) b',
    'go to www.example.org',
    'a *b* c',
    'see https://a.b',
    'a\nb',
    '- a',
    ' a',
    'a ',
    'me@x.de',
  ])
    expect(isUnformatted(text)).toBe(false);
});
