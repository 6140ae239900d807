import type { RestAnswer } from '../venues/venue.ts';
import type { LinkFailure } from './linkFailure.ts';

export type HttpOutcome =
  | { readonly type: 'answered'; readonly answer: RestAnswer; readonly elapsedMs: number }
  | { readonly type: 'failed'; readonly reason: string; readonly failure?: LinkFailure };

/** A GET. `done` is called once, unless the returned cancel was called before. */
export type HttpGet = (url: string, done: (outcome: HttpOutcome) => void) => () => void;
