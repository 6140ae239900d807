import { parseChannelId, readChannelWords } from '../shared/gateway/channelIds.ts';

function compact(symbol: string): string {
  return symbol.replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** Whether a gateway may have understood `asked` as this channel. */
function mayMean(asked: string, channel: string): boolean {
  const words = readChannelWords(asked);
  const meant = parseChannelId(channel);
  if (words === null || meant === null) return false;
  const { kind, venue, interval } = meant;
  if (words.kind !== kind || words.venue !== venue || words.interval !== interval) return false;
  return (
    compact(words.symbol) === compact(meant.market) || meant.market.startsWith(`${words.symbol}-`)
  );
}

/**
 * Which channel each accepted request became. The gateway answers in the order of the requests and names a channel once,
 * also where an alias and the id itself were asked for.
 */
export function resolveAccepted(
  asked: readonly string[],
  accepted: readonly string[],
): ReadonlyMap<string, string> {
  const ids = new Set(accepted);
  const channelByAsked = new Map<string, string>();
  for (const each of asked) {
    if (ids.has(each)) channelByAsked.set(each, each);
  }
  const others = accepted.filter((channel) => !channelByAsked.has(channel));
  for (const each of asked) {
    if (channelByAsked.has(each)) continue;
    const at = others.findIndex((channel) => mayMean(each, channel));
    const [own] = at < 0 ? [] : others.splice(at, 1);
    const found = own ?? accepted.find((channel) => mayMean(each, channel));
    if (found !== undefined) channelByAsked.set(each, found);
  }
  return channelByAsked;
}
