/** So many samples go with a voice note (crates/wire, content/file.rs). */
export const SAMPLES_MAX = 64;

/** Loudness measured while recording (0 to 1) as at most 64 samples from 0 to 255, the loudest at the top. */
export function waveformOf(levels: readonly number[], samples = SAMPLES_MAX): number[] {
  if (levels.length === 0) return [];
  const count = Math.min(samples, levels.length);
  const loudest: number[] = [];
  for (let bar = 0; bar < count; bar += 1) {
    const from = Math.floor((bar * levels.length) / count);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * levels.length) / count));
    const part = levels.slice(from, to).map((level) => (Number.isFinite(level) ? Math.max(0, level) : 0));
    // Root of the mean square, as ears hear loudness; a peak alone would draw every click.
    loudest.push(Math.sqrt(part.reduce((sum, level) => sum + level * level, 0) / part.length));
  }
  const top = Math.max(...loudest);
  return loudest.map((level) => (top <= 0 ? 0 : Math.round((level / top) * 255)));
}

/** A number of bars for a width, whatever number of samples there is. */
export function barsOf(waveform: readonly number[], bars: number): number[] {
  if (waveform.length === 0) return Array.from({ length: bars }, () => 0);
  return Array.from({ length: bars }, (_, bar) => {
    const at = (bar * (waveform.length - 1)) / Math.max(1, bars - 1);
    const low = waveform[Math.floor(at)] ?? 0;
    const high = waveform[Math.ceil(at)] ?? 0;
    return Math.min(1, Math.max(0, (low + (high - low) * (at % 1)) / 255));
  });
}
