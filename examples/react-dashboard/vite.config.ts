import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, loadEnv } from 'vite';

// In this repository the package is its source; elsewhere leave out `resolve`, and `paths` of tsconfig.json.
const client = fileURLToPath(new URL('../../src/client/index.ts', import.meta.url));

// `truetape gateway` prints its address with a key. The key stays here, in the development server: the page never has it.
export default defineConfig(({ mode }) => {
  const settings = { ...process.env, ...loadEnv(mode, import.meta.dirname, 'TRUETAPE_') };
  const gateway = settings['TRUETAPE_GATEWAY'] ?? 'http://127.0.0.1:7411';
  const key = settings['TRUETAPE_KEY'];
  const proxy = {
    '/api': {
      target: gateway,
      ws: true,
      changeOrigin: true,
      // To the gateway the requests come from a page of its own.
      headers: {
        origin: gateway,
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
    },
  };
  return {
    root: import.meta.dirname,
    plugins: [react()],
    resolve: { alias: { 'truetape/client': client }, dedupe: ['react', 'react-dom'] },
    server: { proxy },
    preview: { proxy },
  };
});
