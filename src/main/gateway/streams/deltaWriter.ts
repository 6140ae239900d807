import type { ChannelId } from '../../../shared/gateway/channelIds.ts';
import { computeDelta, deltasPerSnapshot } from '../../../shared/gateway/delta.ts';
import type { DeltaRecord, DeltaValue } from '../../../shared/gateway/delta.ts';
import type { WireUpdate, WireUpdateType } from '../../../shared/gateway/wire.ts';
import type { OutboundRecord } from '../hub/clientContract.ts';

/** State is written as a difference; events are what they are. */
const stateTypes: ReadonlySet<WireUpdateType> = new Set([
  'price_update',
  'ticker_update',
  'orderbook_update',
  'health_update',
]);

interface SentState {
  readonly update: WireUpdate;
  readonly deltas: number;
}

/** What one client was sent last of the channels that it wants as differences. */
export class DeltaWriter {
  readonly #sentByChannel = new Map<ChannelId, SentState | null>();

  get isUsed(): boolean {
    return this.#sentByChannel.size > 0;
  }

  /** Of each channel a whole record comes first. */
  want(channels: readonly ChannelId[], wanted: boolean): void {
    for (const channel of channels) {
      if (wanted) this.#sentByChannel.set(channel, null);
      else this.#sentByChannel.delete(channel);
    }
  }

  /** What is held may not be the client's any more: whole records again. */
  reset(): void {
    for (const channel of this.#sentByChannel.keys()) this.#sentByChannel.set(channel, null);
  }

  split(records: readonly OutboundRecord[]): {
    readonly records: readonly OutboundRecord[];
    readonly deltas: readonly DeltaRecord[];
  } {
    const whole: OutboundRecord[] = [];
    const deltas: DeltaRecord[] = [];
    for (const record of records) {
      const delta = this.#deltaOf(record.update);
      if (delta === null) whole.push(record);
      else deltas.push(delta);
    }
    return { records: whole, deltas };
  }

  /** Null where the record goes out whole. */
  #deltaOf(update: WireUpdate): DeltaRecord | null {
    const { channel, epoch, seq } = update;
    const sent = this.#sentByChannel.get(channel);
    if (sent === undefined || !stateTypes.has(update.type)) return null;
    if (sent === null || sent.update.epoch !== epoch || sent.deltas >= deltasPerSnapshot) {
      this.#sentByChannel.set(channel, { update, deltas: 0 });
      return null;
    }
    this.#sentByChannel.set(channel, { update, deltas: sent.deltas + 1 });
    const changes = computeDelta(plain(sent.update), plain(update)) ?? {};
    return { channel, epoch, seq, base: sent.update.seq, changes };
  }
}

/** The same record as the JSON that it is. */
function plain(update: WireUpdate): Readonly<Record<string, DeltaValue | undefined>> {
  return Object.fromEntries(Object.entries(update));
}
