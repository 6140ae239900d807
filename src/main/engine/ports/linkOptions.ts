import type { ClockPort } from './clock.ts';
import type { Lookup } from './resolver.ts';
import { createBoundedLookup } from './resolver.ts';

/** What links to venues rest on; tests play a bad resolver or bring an authority of their own. */
export interface LinkOptions {
  readonly lookup?: Lookup;
  /** Certificates of authorities in place of the system's, PEM. */
  readonly ca?: string;
  /** Absent: the system's. */
  readonly clock?: Pick<ClockPort, 'setTimer'>;
}

/** One for all links of the process: what it bounds are the threads of the process. */
export const venueLookup: Lookup = createBoundedLookup();
