import type { ResyncReason } from '../../../shared/gateway/wire.ts';

/** For a person: why events are missing. */
export const resyncText: Readonly<Record<ResyncReason, string>> = {
  retention: 'What came since then is not kept any more. The present state follows.',
  epoch:
    'The source has started anew: what came before does not continue. The present state follows.',
  upstream: 'Some events were lost on their way to this gateway. The present state follows.',
  slow: 'You read too slowly for what came: some of it is not kept any more. The present state follows.',
};
