import type { HubCounts } from '../hub/clientContract.ts';

const name = 'truetape_delivery_seconds';

/** Counted by the hub as it delivers; a histogram of the library would have to be told every delivery once more. */
export function writeDeliveryHistogram(totals: HubCounts['deliveryTotals']): string {
  const { boundsMs, counts, count, sumMs } = totals;
  const steps = boundsMs.map(
    (boundMs, at) => `${name}_bucket{le="${boundMs / 1000}"} ${counts[at] ?? 0}`,
  );
  const lines = [
    `# HELP ${name} From publication to the transport of a client, since the start.`,
    `# TYPE ${name} histogram`,
    ...steps,
    `${name}_bucket{le="+Inf"} ${count}`,
    `${name}_sum ${sumMs / 1000}`,
    `${name}_count ${count}`,
  ];
  return `${lines.join('\n')}\n`;
}
