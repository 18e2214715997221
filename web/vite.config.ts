import { lingui } from '@lingui/vite-plugin';
import optimizeLocales from '@react-aria/optimize-locales-plugin';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { serviceWorker } from './scripts/service-worker-plugin.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig(({ mode }) => ({
  base: '/',
  resolve: {
    alias: {
      '~': here('./src'),
      // Its way in a browser is `innerHTML`.
      'decode-named-character-reference': here('./src/models/rich-text/entities.ts'),
    },
  },
  define: { __GALLERY__: JSON.stringify(mode === 'gallery') },
  plugins: [
    // React Aria brings its own strings in thirty languages; only ours are bundled.
    { ...optimizeLocales.vite({ locales: ['en-US', 'es-ES', 'fr-FR'] }), enforce: 'pre' as const },
    react({ babel: { plugins: ['@lingui/babel-plugin-lingui-macro'] } }),
    lingui(),
    tailwindcss(),
    serviceWorker(),
  ],
  worker: { format: 'es' as const },
  build: {
    target: 'es2022',
    outDir: mode === 'gallery' ? 'dist/gallery' : 'dist/app',
    emptyOutDir: true,
    sourcemap: false,
    // Inlined assets would be data: URLs, which the content security policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      output: {
        // Chunks of a few hundred bytes cost a request each and compress badly.
        experimentalMinChunkSize: 8000,
        // Named, so that nothing small that every screen needs is put into them.
        manualChunks: (id) => {
          const emoji = /\/composer\/emoji\/(\w+)\.json$/.exec(id);
          return emoji ? `emoji-${emoji[1]}` : undefined;
        },
      },
      input: mode === 'gallery' ? { gallery: here('./gallery.html') } : { app: here('./index.html') },
    },
  },
}));
