// How the pages are built: static files that the binary embeds.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Where `npm run dev` finds the API.
const API = process.env['NIGHTLATCH_API'] ?? 'http://127.0.0.1:8088';

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    // The content security policy lets no data: address in.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/registry', '/openapi.json', '/asyncapi.json'].map((path) => [
        path,
        // The API takes writes of its own pages only.
        { target: API, changeOrigin: true, headers: { origin: API } },
      ]),
    ),
  },
});
