import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** The page that the engine's tests drive: never part of the app. */
export default defineConfig({
  root: fileURLToPath(new URL('./page', import.meta.url)),
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    outDir: fileURLToPath(new URL('../dist/e2e', import.meta.url)),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
