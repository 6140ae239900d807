import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

export default defineConfig({
  main: {
    build: {
      externalizeDeps: false,
      rollupOptions: {
        input: {
          index: 'src/main/index.ts',
          cli: 'src/main/cli.ts',
          simulator: 'src/simulator/main.ts',
          exportWorker: 'src/main/engine/export/exportWorker.ts',
          stallThread: 'src/main/stall/stallThread.ts',
        },
        output: { format: 'es' },
      },
    },
  },
  preload: {
    build: {
      externalizeDeps: false,
      rollupOptions: {
        input: 'src/preload/index.ts',
        // A sandboxed preload has to be CommonJS, whatever the package says.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'src/renderer',
    plugins: [react()],
    // Read from the local disk or a loopback server: one large chunk costs nothing there.
    build: {
      minify: true,
      chunkSizeWarningLimit: 4000,
      rollupOptions: { input: 'src/renderer/index.html' },
    },
  },
});
