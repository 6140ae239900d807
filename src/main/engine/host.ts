/** The one door of the engine for its hosts: asynchronous, plain data or a transport. */
export type * from './hosting/hostContract.ts';
export { createEngineHost } from './hosting/createEngineHost.ts';
