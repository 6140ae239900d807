import { crc32 } from 'node:zlib';
import type { ChecksumMode } from '../../faults/faultBoard.ts';
import type { Instrument } from '../../market/instrument.ts';
import type { WindowChanges } from '../../wire/windowView.ts';
import { priceText, sizeText } from './frames.ts';

const checksumLevels = 25;

/** `"checksum":0,` as the venue sends it today, or what a fault makes of it. */
export function checksumField(
  instrument: Instrument,
  levels: WindowChanges,
  mode: ChecksumMode,
): string {
  switch (mode) {
    case 'zero':
      return '"checksum":0,';
    case 'absent':
      return '';
    case 'valid':
      return `"checksum":${checksumOf(instrument, levels)},`;
    case 'wrong':
      return `"checksum":${checksumOf(instrument, levels) ^ 1 || 7},`;
  }
}

/** Signed CRC32 over the best 25 levels, bid and ask in turn. */
function checksumOf(instrument: Instrument, levels: WindowChanges): number {
  const parts: string[] = [];
  for (let rank = 0; rank < checksumLevels; rank += 1) {
    for (const level of [levels.bids[rank], levels.asks[rank]]) {
      if (level === undefined) continue;
      parts.push(priceText(instrument, level.price), sizeText(instrument, level.size));
    }
  }
  return crc32(parts.join(':')) | 0;
}
