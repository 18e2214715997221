import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmStrikethroughFromMarkdown } from 'mdast-util-gfm-strikethrough';
import { gfmStrikethrough } from 'micromark-extension-gfm-strikethrough';
import type { Nodes } from 'mdast';
import { addressesOf } from './addresses';
import { addressesFromMarkdown, addressSyntax } from './address-syntax';
import { isEveryone, mentionedUser, safeLink, seen, tells } from './links';
import type { Block, Inline } from './types';

/** Longer texts are shown as they are: nobody formats that much, and a parser shouldn't be tried with it. */
export const MARKDOWN_MAX_CHARS = 12_000;
/** Signs of emphasis, together or apart; a parser takes a time that rises with their square. */
const EMPHASIS_MAX = 400;
/** Lists in quotes in lists …: what is deeper is shown as text. */
const DEPTH_MAX = 6;
/** Opening signs at the beginning of a line; more are meant to hurt. */
const HOSTILE = /^(?:[>\-*+\s]|\d{1,9}[.)]){40}/m;
const CACHE_MAX = 600;

const EXTENSIONS = {
  syntax: [
    gfmStrikethrough({ singleTilde: false }),
    // What a chat doesn't have stays text: headings, pictures, HTML, rules, link definitions, code by indentation.
    {
      disable: {
        null: [
          'htmlFlow',
          'htmlText',
          'headingAtx',
          'setextUnderline',
          'definition',
          'labelStartImage',
          'thematicBreak',
          'codeIndented',
        ],
      },
    },
  ],
  tree: [gfmStrikethroughFromMarkdown()],
};

const cache = new Map<string, readonly Block[]>();

/** A message's Markdown. Never throws; what it doesn't know becomes text. */
export function parseRichText(text: string): readonly Block[] {
  const old = cache.get(text);
  if (old) return old;
  const blocks = parse(text);
  if (cache.size >= CACHE_MAX) for (const key of [...cache.keys()].slice(0, CACHE_MAX / 2)) cache.delete(key);
  cache.set(text, blocks);
  return blocks;
}

/** One line of words, numbers and emoji, without a sign that means something: most messages, and parsing costs more than drawing them. */
const WORDS = String.raw`\p{L}\u200d\p{N}\ufe0f\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier},;:.!?'"()%€$–—…’“”¿¡`;
const UNFORMATTED = new RegExp(
  String.raw`^(?!\d{1,9}[.)])(?!.*www\.)[\p{L}\p{N}\p{Extended_Pictographic}(“"'¿¡…](?:[${WORDS} ]*[${WORDS}])?$`,
  'iu',
);

export const isUnformatted = (text: string): boolean => UNFORMATTED.test(text);

function parse(text: string): readonly Block[] {
  return isUnformatted(text) ? plain(text) : parseMarkdown(text);
}

export function parseMarkdown(words: string): readonly Block[] {
  // The parser leaves out a byte order mark, and places would be one off.
  const text = words.replace(/^\ufeff/, '');
  if (text.length > MARKDOWN_MAX_CHARS || HOSTILE.test(text)) return plain(text);
  if ((text.match(/[*_~]+/g)?.length ?? 0) > EMPHASIS_MAX) return plain(text);
  try {
    const addresses = addressesOf(text);
    const extensions = [...EXTENSIONS.syntax, addressSyntax(text, addresses)];
    const mdastExtensions = [...EXTENSIONS.tree, addressesFromMarkdown(addresses)];
    return blocksOf(fromMarkdown(text, { extensions, mdastExtensions }).children, text, 0);
  } catch {
    return plain(text);
  }
}

/** Without any formatting. */
export function plain(text: string): readonly Block[] {
  return [{ t: 'p', c: lines(text) }];
}

function lines(text: string): Inline[] {
  return text.split(/\r\n|\r|\n/).flatMap((line, n): Inline[] => {
    const words: Inline[] = line === '' ? [] : [{ t: 'text', v: line }];
    return n === 0 ? words : [{ t: 'break' }, ...words];
  });
}

function source(node: Nodes, text: string): string {
  const { start, end } = node.position ?? {};
  return text.slice(start?.offset ?? 0, end?.offset ?? 0);
}

function blocksOf(nodes: readonly Nodes[], text: string, depth: number): Block[] {
  return nodes.map((node): Block => {
    if (depth > DEPTH_MAX) return { t: 'p', c: lines(source(node, text)) };
    switch (node.type) {
      case 'paragraph':
        return { t: 'p', c: inlinesOf(node.children, text, 0) };
      case 'blockquote':
        return { t: 'quote', c: blocksOf(node.children, text, depth + 1) };
      case 'list':
        return {
          t: 'list',
          start: node.ordered === true ? (node.start ?? 1) : null,
          items: node.children.map((item) => blocksOf(item.children, text, depth + 1)),
        };
      case 'code':
        return { t: 'pre', v: node.value };
      default:
        return { t: 'p', c: lines(source(node, text)) };
    }
  });
}

function inlinesOf(nodes: readonly Nodes[], text: string, depth: number): Inline[] {
  const out: Inline[] = [];
  for (const node of nodes) {
    if (depth > DEPTH_MAX) {
      out.push(...lines(source(node, text)));
      continue;
    }
    switch (node.type) {
      case 'text':
        out.push(...lines(node.value));
        break;
      case 'break':
        out.push({ t: 'break' });
        break;
      case 'strong':
        out.push({ t: 'strong', c: inlinesOf(node.children, text, depth + 1) });
        break;
      case 'emphasis':
        out.push({ t: 'em', c: inlinesOf(node.children, text, depth + 1) });
        break;
      case 'delete':
        out.push({ t: 'strike', c: inlinesOf(node.children, text, depth + 1) });
        break;
      case 'inlineCode':
        out.push({ t: 'code', v: node.value });
        break;
      case 'link':
        link(node.url, inlinesOf(node.children, text, depth + 1), out, source(node, text));
        break;
      default:
        out.push(...lines(source(node, text)));
    }
  }
  return out;
}

function link(url: string, words: Inline[], out: Inline[], original: string): void {
  const label = wordsOf(words);
  const user = mentionedUser(url);
  if (user !== undefined) {
    out.push({ t: 'mention', user, name: seen(label).replace(/^@/, '') || user });
    return;
  }
  if (isEveryone(url)) {
    out.push({ t: 'everyone', name: seen(label).replace(/^@/, '') || 'all' });
    return;
  }
  // "@alice@example.org" is a person here, not a mail address with a sign before it.
  const before = out.at(-1);
  if (url.startsWith('mailto:') && before?.t === 'text' && before.v.endsWith('@') && url === `mailto:${label}`) {
    out.pop();
    if (before.v.length > 1) out.push({ t: 'text', v: before.v.slice(0, -1) });
    out.push({ t: 'mention', user: label, name: label });
    return;
  }
  const safe = safeLink(url);
  if (!safe) {
    // Where it would lead stays visible, as text.
    out.push(...lines(original));
    return;
  }
  const inner = unlinked(words);
  if (label.trim() === '') inner.push({ t: 'text', v: safe.host });
  out.push({
    t: 'link',
    href: safe.href,
    host: label.trim() === '' || tells(label, safe.href, safe.host) ? null : safe.host,
    c: inner,
  });
}

/** The words of a link, without links in them and without signs that aren't seen. */
function unlinked(nodes: readonly Inline[]): Inline[] {
  return nodes.flatMap((node): Inline[] => {
    switch (node.t) {
      case 'text':
      case 'code':
        return [{ t: node.t, v: seen(node.v) }];
      case 'break':
        return [{ t: 'text', v: ' ' }];
      case 'link':
        return unlinked(node.c);
      case 'mention':
      case 'everyone':
        return [{ t: 'text', v: `@${node.name}` }];
      default:
        return [{ t: node.t, c: unlinked(node.c) }];
    }
  });
}

export function wordsOf(nodes: readonly Inline[]): string {
  return nodes
    .map((node) => {
      switch (node.t) {
        case 'text':
        case 'code':
          return node.v;
        case 'break':
          return '\n';
        case 'mention':
        case 'everyone':
          return `@${node.name}`;
        default:
          return wordsOf(node.c);
      }
    })
    .join('');
}
