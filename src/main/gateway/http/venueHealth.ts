import type { HealthUpdate } from '../../../shared/gateway/wire.ts';
import type { GatewayContext } from '../gatewayContext.ts';

/** A monitor may ask as often as it likes: nobody is asked more than once in this time. */
const keptMs = 500;
const waitMs = 500;

/** The present state of the venues, for monitors; null until there is one. */
export function watchVenueHealth({
  hub,
  clock,
}: Pick<GatewayContext, 'hub' | 'clock'>): () => Promise<HealthUpdate | null> {
  let asked: Promise<HealthUpdate | null> | null = null;
  let askedMs = 0;
  const ask = async (): Promise<HealthUpdate | null> => {
    const { updates } = await hub.snapshot('health', { mostMs: waitMs });
    const update = updates.at(-1);
    return update?.type === 'health_update' ? update : null;
  };
  return () => {
    if (asked === null || clock.monotonicMs() - askedMs > keptMs) {
      askedMs = clock.monotonicMs();
      asked = ask();
    }
    return asked;
  };
}
