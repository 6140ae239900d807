import { useEffect, useMemo, useState } from 'react';
import type { SubscriptionOptions, SubscriptionView } from '../clientContract.ts';
import { useRealTimeStore, useSelected } from './realTimeContext.ts';

/** Of all consumers of a channel together see `SubscriptionOptions`. */
export type ChannelPace = Pick<SubscriptionOptions, 'interval' | 'rate' | 'depth'>;

export interface ChannelsView {
  /** The gateway has confirmed all of them. */
  readonly isSubscribed: boolean;
  /** Why one was refused, and what to do. */
  readonly error: string | null;
}

/** Subscribed as long as the component is mounted and it is enabled; consumers of a channel share one subscription. */
export function useChannels(
  channels: readonly string[],
  enabled: boolean,
  { interval, rate, depth }: ChannelPace = {},
): ChannelsView {
  const shared = useRealTimeStore();
  const [refusal, setRefusal] = useState<string | null>(null);
  const key = channels.join('\n');
  const requested = useMemo(() => key.replaceAll('/', '-').split('\n'), [key]);
  useEffect(() => {
    if (!enabled || key === '') return undefined;
    const closes: (() => void)[] = [];
    setRefusal(null);
    try {
      for (const channel of key.split('\n')) {
        const options = {
          ...(interval === undefined ? {} : { interval }),
          ...(rate === undefined ? {} : { rate }),
          ...(depth === undefined ? {} : { depth }),
        };
        const subscription = shared.client.subscribe(channel, options);
        closes.push(() => subscription.close());
      }
    } catch (error) {
      setRefusal(error instanceof Error ? error.message : String(error));
    }
    shared.lookSoon();
    return () => {
      for (const close of closes) close();
      shared.lookSoon();
    };
  }, [shared, key, enabled, interval, rate, depth]);
  const view = useSelected(({ viewByRequest, data }) => {
    const views = requested.map((each) => viewByRequest.get(each));
    return {
      isSubscribed:
        data.isConnected && views.every((each) => each?.status === 'subscribed') && key !== '',
      error: firstError(views),
    };
  });
  if (!enabled) return { isSubscribed: false, error: null };
  return refusal === null ? view : { isSubscribed: false, error: refusal };
}

function firstError(views: readonly (SubscriptionView | undefined)[]): string | null {
  return views.find((view) => view?.status === 'rejected')?.error?.message ?? null;
}
