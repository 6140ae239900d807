import { Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { HubCounts } from '../hub/clientContract.ts';

const name = 'truetape_delivery_seconds';

/** Counted by the hub as it delivers; here it is only shown. */
export class DeliveryHistogram extends Histogram {
  totals: HubCounts['deliveryTotals'] = { boundsMs: [], counts: [], count: 0, sumMs: 0 };

  constructor(registry: Registry) {
    super({
      name,
      help: 'From publication to the transport of a client, since the start.',
      registers: [registry],
    });
  }

  override async get(): ReturnType<Histogram['get']> {
    const { boundsMs, counts, count, sumMs } = this.totals;
    const steps = boundsMs.map((boundMs, at) => ({
      value: counts[at] ?? 0,
      labels: { le: boundMs / 1000 },
      metricName: `${name}_bucket`,
    }));
    return {
      ...(await super.get()),
      values: [
        ...steps,
        { value: count, labels: { le: '+Inf' }, metricName: `${name}_bucket` },
        { value: sumMs / 1000, labels: {}, metricName: `${name}_sum` },
        { value: count, labels: {}, metricName: `${name}_count` },
      ],
    };
  }
}
