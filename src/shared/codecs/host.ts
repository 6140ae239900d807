import type { ByteReader, ByteWriter } from '../bytes.ts';
import { DamagedBytesError } from '../bytes.ts';
import { candleIntervals } from '../market.ts';
import type { HostStatus, LinkState } from '../values.ts';
import { putOneOf, takeJsonObject, takeOneOf } from './common.ts';

/** Small and rare, so JSON inside: a field added there needs nothing here. */
export function encodeHostStatus(writer: ByteWriter, value: HostStatus): void {
  writer.string(JSON.stringify(value));
}

export function decodeHostStatus(reader: ByteReader): HostStatus {
  const value = takeJsonObject(reader);
  if (!isHostStatus(value)) throw new DamagedBytesError('not a host status');
  return value;
}

const linkGroups: readonly LinkState['group'][] = [1, 2, 3, 4];

export function encodeLinkState(writer: ByteWriter, value: LinkState): void {
  putOneOf(writer, linkGroups, value.group);
  writer.string(value.market);
  putOneOf(writer, candleIntervals, value.interval);
}

export function decodeLinkState(reader: ByteReader): LinkState {
  return {
    group: takeOneOf(reader, linkGroups),
    market: reader.string(),
    interval: takeOneOf(reader, candleIntervals),
  };
}

// Host and page are of one schema version by now: the shape is checked as far as a damaged batch could pass.

function isHostStatus(value: object): value is HostStatus {
  return 'source' in value && 'notices' in value && Array.isArray(value.notices);
}
