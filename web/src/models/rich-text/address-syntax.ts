import type { Extension as TreeExtension } from 'mdast-util-from-markdown';
import type { Construct, Extension, State } from 'micromark-util-types';
import type { Address } from './addresses';

declare module 'micromark-util-types' {
  interface TokenTypeMap {
    addressLink: 'addressLink';
    addressWords: 'addressWords';
  }
}

/** Makes the Markdown parser take these addresses of its text as they are: signs of emphasis within them mean nothing, and it looks for no others. */
export function addressSyntax(text: string, addresses: readonly Address[]): Extension {
  const ends = new Map(addresses.map(({ start, end }) => [start, end]));
  const construct: Construct = {
    name: 'address',
    previous() {
      return ends.has(this.now().offset);
    },
    tokenize(effects, ok, nok) {
      const end = ends.get(this.now().offset) ?? 0;
      const inside: State = (code) => {
        // A code is a sign of UTF-16, as places are.
        if (code === null || code < 0) return nok(code);
        effects.consume(code);
        if (this.now().offset < end) return inside;
        effects.exit('addressWords');
        effects.exit('addressLink');
        return ok;
      };
      return (code) => {
        if (end === 0) return nok(code);
        effects.enter('addressLink');
        effects.enter('addressWords');
        return inside(code);
      };
    },
  };
  return { text: Object.fromEntries(addresses.map(({ start }) => [text.charCodeAt(start), construct])) };
}

export function addressesFromMarkdown(addresses: readonly Address[]): TreeExtension {
  const urls = new Map(addresses.map(({ start, url }) => [start, url]));
  return {
    enter: {
      addressLink(token) {
        this.enter({ type: 'link', url: urls.get(token.start.offset) ?? '', title: null, children: [] }, token);
      },
      addressWords(token) {
        this.config.enter['data']?.call(this, token);
      },
    },
    exit: {
      addressWords(token) {
        this.config.exit['data']?.call(this, token);
      },
      addressLink(token) {
        this.exit(token);
      },
    },
  };
}
