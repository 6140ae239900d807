import type { ByteReader, ByteWriter } from '../bytes.ts';
import type { GapCause, GapRecord } from '../feedHealth.ts';
import { streamChannels } from '../feedHealth.ts';
import {
  putInstrument,
  putOneOf,
  putOptionalF64,
  putOptionalString,
  putOptionalVaruint,
  putVenue,
  takeInstrument,
  takeOneOf,
  takeOptionalF64,
  takeOptionalString,
  takeOptionalVaruint,
  takeVenue,
} from './common.ts';

const causes: readonly GapCause[] = [
  'disconnect',
  'sequence',
  'stale',
  'overflow',
  'decode',
  'clock',
];
const repairs: readonly GapRecord['repairedBy'][] = [null, 'rest', 'snapshot'];

export function encodeGapRecord(writer: ByteWriter, value: GapRecord): void {
  writer.varuint(value.id);
  putVenue(writer, value.venue);
  putInstrument(writer, value.instrument);
  putOneOf(writer, streamChannels, value.channel);
  putOneOf(writer, causes, value.cause);
  writer.f64(value.from);
  putOptionalF64(writer, value.to);
  putOptionalString(writer, value.firstId);
  putOptionalString(writer, value.lastId);
  putOptionalVaruint(writer, value.missing);
  putOneOf(writer, repairs, value.repairedBy);
}

export function decodeGapRecord(reader: ByteReader): GapRecord {
  return {
    id: reader.varuint(),
    venue: takeVenue(reader),
    instrument: takeInstrument(reader),
    channel: takeOneOf(reader, streamChannels),
    cause: takeOneOf(reader, causes),
    from: reader.f64(),
    to: takeOptionalF64(reader),
    firstId: takeOptionalString(reader),
    lastId: takeOptionalString(reader),
    missing: takeOptionalVaruint(reader),
    repairedBy: takeOneOf(reader, repairs),
  };
}
