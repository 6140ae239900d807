import { registerHooks } from 'node:module';

const shim = new URL('electron.ts', import.meta.url).href;

// `node --import register.ts out/main/index.js`: the built main process, with our windows instead of Electron's.
registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier === 'electron') return { url: shim, shortCircuit: true };
    return nextResolve(specifier, context);
  },
});
