// @vitest-environment happy-dom
import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { cleanup, render } from '@testing-library/react';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { RichText } from './rich-text';

afterEach(cleanup);

const ELEMENTS = new Set('DIV P BR STRONG EM S CODE PRE A BDI SPAN BLOCKQUOTE UL OL LI BUTTON'.split(' '));
const ATTRIBUTES = new Set(['class', 'dir', 'href', 'target', 'rel', 'start', 'tabindex', 'type']);

function show(text: string): HTMLElement {
  return render(
    <I18nProvider i18n={i18n}>
      <RichText text={text} me={null} />
    </I18nProvider>,
  ).container;
}

function check(container: HTMLElement): void {
  for (const element of container.querySelectorAll('*')) {
    expect(ELEMENTS).toContain(element.tagName);
    for (const { name } of element.attributes) expect(ATTRIBUTES).toContain(name);
    if (element instanceof HTMLAnchorElement) {
      expect(new URL(element.getAttribute('href') ?? '').protocol).toMatch(/^(?:https?|mailto):$/);
      expect(element.rel).toBe('noopener noreferrer');
      expect(element.target).toBe('_blank');
    }
  }
}

const PARTS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '<a href="javascript:alert(1)">x</a>',
  '[x](javascript:alert(1))',
  '[x](JAVASCRIPT&colon;alert(1))',
  '![x](https://pixel.example/i.gif)',
  '[x](data:text/html;base64,PHNjcmlwdD4=)',
  '[x](vbscript:x "onclick=alert(1)")',
  '<javascript:alert(1)>',
  '[ref]: javascript:alert(1)',
  '[ref]',
  '```html\n<script>\n```',
  '`<b>`',
  'https://ok.example/"onmouseover="x',
  'www.ok.example',
  '[@a](mimi://a.example/u/a)',
  '[@a](mimi://a.example/u/"><script>)',
  '**',
  '_',
  '~~',
  '> ',
  '- ',
  '1. ',
  '\n',
  '\n\n',
  '&lt;script&gt;',
  '\u202e',
];

test('whatever Markdown comes in, only harmless elements, attributes and addresses are drawn', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(fc.constantFrom(...PARTS), { maxLength: 12 }).map((parts) => parts.join('')),
        fc.string({ unit: 'grapheme', maxLength: 120 }),
      ),
      (text) => {
        check(show(text));
        cleanup();
      },
    ),
    { numRuns: 300, seed: 20_261_119 },
  );
}, 60_000);

test('a link that hides where it leads shows its host', () => {
  expect(show('[bank.example](https://evil.example/x)').textContent).toBe('bank.example (evil.example)');
});

test('a very long message is folded', () => {
  const container = show('word '.repeat(3000));
  expect(container.textContent.length).toBeLessThan(3200);
  expect(container.querySelector('button')).not.toBeNull();
});
