import { build as bundle } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Plugin } from 'vite';

/** What the service worker knows of the build it belongs to. */
export interface BuildManifest {
  /** Version of the product. */
  readonly version: string;
  /** SHA-256 over every file of the app, in hexadecimal; shown in About and by `chancery version`. */
  readonly hash: string;
  /** What an offline start needs, as absolute paths. */
  readonly precache: readonly string[];
}

const hex = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');

/** The product's version stands in the workspace's Cargo.toml; there is no second place. */
function productVersion(root: string): string {
  const cargo = readFileSync(join(root, '..', 'Cargo.toml'), 'utf8');
  return /^\s*version\s*=\s*"([^"]+)"/m.exec(cargo)?.[1] ?? '0.0.0';
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
}

/** SHA-256 over `name NUL sha256 LF` of every file, sorted by name: the same files give the same hash anywhere. */
export function bundleHash(files: ReadonlyMap<string, string | Uint8Array>): string {
  const lines = [...files].map(([name, content]) => `${name}\0${hex(content)}\n`);
  return hex(lines.sort().join(''));
}

async function script(entry: string, manifest: BuildManifest): Promise<string> {
  const result = await bundle({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    // The engine's module is given to it, not found beside it.
    logOverride: { 'empty-import-meta': 'silent' },
    define: { __BUILD__: JSON.stringify(manifest) },
  });
  const built = result.outputFiles[0];
  if (!built) throw new Error('esbuild gave no service worker');
  return built.text;
}

/**
 * Builds `sw.js` (one classic script, so that every browser takes it) and `build.json` once all other files are known.
 * A file can't hold its own hash: `sw.js` counts as it is with an empty one, and `build.json` is beside the bundle, not in it.
 */
export function serviceWorker(): Plugin {
  let root = '';
  let publicDir = '';
  let isApp = false;
  return {
    name: 'chancery-service-worker',
    apply: 'build',
    configResolved(config) {
      root = config.root;
      publicDir = config.publicDir;
      isApp = config.mode !== 'gallery';
    },
    generateBundle: {
      order: 'post',
      async handler(_options, output) {
        if (!isApp) return;
        const files = new Map<string, string | Uint8Array>();
        for (const item of Object.values(output)) {
          files.set(item.fileName, item.type === 'chunk' ? item.code : item.source);
        }
        for (const name of filesBelow(publicDir)) files.set(name, readFileSync(join(publicDir, name)));
        const precache = [...files.keys()].filter((name) => !name.endsWith('.map')).sort();
        const manifest: BuildManifest = {
          version: productVersion(root),
          hash: '',
          precache: precache.map((name) => (name === 'index.html' ? '/' : `/${name}`)),
        };
        const entry = join(root, 'src/sw/sw.ts');
        files.set('sw.js', await script(entry, manifest));
        const hash = bundleHash(files);
        this.emitFile({ type: 'asset', fileName: 'sw.js', source: await script(entry, { ...manifest, hash }) });
        const about = { version: manifest.version, hash, files: files.size };
        this.emitFile({ type: 'asset', fileName: 'build.json', source: `${JSON.stringify(about)}\n` });
      },
    },
  };
}
