// Rasters the marks in public/icons into the PNG files that manifests and systems want. Run after changing an SVG; commit the result.
import { Resvg } from '@resvg/resvg-js';
import { readFileSync, writeFileSync } from 'node:fs';

const folder = new URL('../public/icons/', import.meta.url);
const made = [
  ['mark.svg', 'icon-192.png', 192],
  ['mark.svg', 'icon-512.png', 512],
  ['mark-maskable.svg', 'maskable-192.png', 192],
  ['mark-maskable.svg', 'maskable-512.png', 512],
  ['mark-maskable.svg', 'apple-touch-icon.png', 180],
  ['badge.svg', 'badge-96.png', 96],
];
for (const [source, target, width] of made) {
  const svg = readFileSync(new URL(source, folder), 'utf8');
  writeFileSync(new URL(target, folder), new Resvg(svg, { fitTo: { mode: 'width', value: width } }).render().asPng());
}
