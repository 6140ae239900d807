export * from './core.ts';
export * from './react/index.ts';
