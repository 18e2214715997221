import { boxesIn, boxesOf, type Box } from './boxes';
import { ascii, bytesOf, NotUnderstood, patched, read, viewOf, type Patch } from './patches';

/** The index of a film is small; a larger one isn't read into memory. */
const INDEX_BYTES_MAX = 64_000_000;
/** Pieces in which data beside sound and pictures may lie. */
const EXTENTS_MAX = 500_000;

const words = (list: string) => new Set(list.split(' '));
/** What a player needs. Everything else (`udta`, `meta`, `uuid`, boxes of makers) becomes free space: there stand place, time, camera, owner. */
const KEPT: Record<string, Set<string>> = {
  '': words('ftyp styp moov moof mdat mfra sidx ssix pdin prft emsg'),
  moov: words('mvhd trak mvex iods'),
  trak: words('tkhd mdia edts tref trgr tapt clip matt kmat load'),
  mdia: words('mdhd hdlr minf elng'),
  moof: words('mfhd traf'),
};
/** What goes wherever it stands. */
const PRIVATE = words('udta meta uuid');
const TIMED = words('mvhd tkhd mdhd');
/** Tracks of what one sees, hears and reads. Others hold positions, movements, faces. */
const SHOWN = words('vide soun auxv pict tmcd');
/** Tracks of words: subtitles, but drones and cameras in cars write where they are into them, second by second. Which it is nobody can tell. */
const WORDS = words('text sbtl subt clcp');

const FREE = bytesOf('free');

function blank(index: Uint8Array, box: Box): void {
  index.set(FREE, box.from + 4);
  index.fill(0, box.body, box.to);
}

function child(index: Uint8Array, box: Box, type: string): Box | undefined {
  return boxesIn(index, box.body, box.to).find((one) => one.type === type);
}

function handlerOf(index: Uint8Array, trak: Box): string {
  const mdia = child(index, trak, 'mdia');
  const hdlr = mdia && child(index, mdia, 'hdlr');
  return hdlr ? ascii(index, hdlr.body + 8, 4) : '';
}

/** Where the samples of a track lie in the file. */
function extentsOf(index: Uint8Array, trak: Box): Patch[] {
  const path = ['mdia', 'minf', 'stbl'];
  const stbl = path.reduce<Box | undefined>((box, type) => box && child(index, box, type), trak);
  const box = (type: string) => stbl && child(index, stbl, type);
  const [stsc, stsz, stco, co64] = [box('stsc'), box('stsz'), box('stco'), box('co64')];
  const chunks = stco ?? co64;
  if (!stsc || !stsz || !chunks) throw new NotUnderstood('a track without places');
  const view = viewOf(index);
  const within = (at: number, of: Box) => {
    if (at + 4 > of.to) throw new NotUnderstood('a table beyond its end');
    return view.getUint32(at);
  };
  const same = within(stsz.body + 4, stsz);
  const count = within(chunks.body + 4, chunks);
  const runs = within(stsc.body + 4, stsc);
  if (count > EXTENTS_MAX || runs > EXTENTS_MAX) throw new NotUnderstood('too many pieces');
  const extents: Patch[] = [];
  let sample = 0;
  let run = 0;
  for (let chunk = 0; chunk < count; chunk += 1) {
    while (run + 1 < runs && within(stsc.body + 8 + (run + 1) * 12, stsc) <= chunk + 1) run += 1;
    const samples = within(stsc.body + 8 + run * 12 + 4, stsc);
    if (samples > EXTENTS_MAX) throw new NotUnderstood('too many samples');
    let size = same * samples;
    if (same === 0) {
      // Ends with the table, which is no longer than the index.
      for (let one = 0; one < samples; one += 1, sample += 1) size += within(stsz.body + 12 + sample * 4, stsz);
    }
    const wide = chunks === co64;
    const entry = chunks.body + 8 + chunk * (wide ? 8 : 4);
    within(entry + (wide ? 4 : 0), chunks);
    const from = wide ? Number(view.getBigUint64(entry)) : view.getUint32(entry);
    if (size > 0) extents.push({ from, to: from + size });
  }
  return extents;
}

function clean(index: Uint8Array, extents: Patch[]): void {
  const walk = (from: number, to: number, parent: string) => {
    const boxes = boxesIn(index, from, to);
    const inPieces = boxes.some((box) => box.type === 'mvex');
    for (const box of boxes) {
      const kept = KEPT[parent];
      if (box.type === 'trak' && WORDS.has(handlerOf(index, box))) throw new NotUnderstood('words that run along');
      if (box.type === 'trak' && !SHOWN.has(handlerOf(index, box))) {
        if (inPieces) throw new NotUnderstood('data beside sound and pictures, in pieces');
        extents.push(...extentsOf(index, box));
        blank(index, box);
      } else if (PRIVATE.has(box.type) || (kept && !kept.has(box.type))) {
        if (box.type === 'cmov') throw new NotUnderstood('a packed index');
        blank(index, box);
      } else if (TIMED.has(box.type)) {
        // When it was made and changed.
        index.fill(0, box.body + 4, Math.min(box.to, box.body + (index[box.body] === 1 ? 20 : 12)));
      } else if (['moov', 'trak', 'mdia', 'moof', 'traf', 'minf'].includes(box.type)) {
        walk(box.body, box.to, box.type);
      }
    }
  };
  walk(0, index.length, '');
}

/** An MP4 or QuickTime film, or sound in such a container, without place, time, device and names. It plays as before. */
export async function filmWithout(file: Blob): Promise<Blob> {
  const patches: Patch[] = [];
  const extents: Patch[] = [];
  for (const box of await boxesOf(file)) {
    if (box.type === 'moov' || box.type === 'moof') {
      if (box.to - box.from > INDEX_BYTES_MAX) throw new NotUnderstood('an index that is too large');
      const bytes = await read(file, box.from, box.to);
      clean(bytes, extents);
      patches.push({ from: box.from, to: box.to, bytes });
    } else if (KEPT['']?.has(box.type) !== true) {
      patches.push({ from: box.from + 4, to: box.from + 8, bytes: FREE }, { from: box.body, to: box.to });
    }
  }
  if (extents.some((extent) => extent.to > file.size)) throw new NotUnderstood('samples beyond the file');
  return patched(file, [...patches, ...extents]);
}
