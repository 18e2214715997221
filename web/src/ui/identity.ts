/** One or two letters of a name, by what a reader counts as a letter: works for every script and for emoji. */
export function initials(name: string): string {
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  const words = name
    .trim()
    .split(/[\s\-–—_.·/]+/u)
    .filter((word) => /[\p{L}\p{N}\p{Emoji_Presentation}]/u.test(word));
  const letters = (words.length > 1 ? [words[0], words.at(-1)] : words).map((word) => {
    const first = [...segmenter.segment((word ?? '').replace(/^[^\p{L}\p{N}\p{Emoji_Presentation}]+/u, ''))][0];
    return first?.segment.toLocaleUpperCase() ?? '';
  });
  // Scripts that write a name without spaces: one sign says enough.
  return letters.join('') || '?';
}

/** The tone of an id: the same on every device, spread evenly (FNV-1a). */
export function toneOf(id: string, tones: number): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(id)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  // Two rounds of mixing: the lowest bits of FNV alone cluster for ids that differ at their end only.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  return ((hash ^ (hash >>> 13)) >>> 0) % tones;
}
