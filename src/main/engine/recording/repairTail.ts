import { truncate } from 'node:fs/promises';
import type { SegmentDamage } from './readSegment.ts';
import { readSegment } from './readSegment.ts';

/**
 * Cuts a plain segment that a kill has left behind its last whole frame. Only what is past the first damage goes; null: it was
 * whole. Throws `RecordingError` for what is no segment, which is left alone.
 */
export async function repairTail(path: string): Promise<SegmentDamage | null> {
  const found: { damage: SegmentDamage | null } = { damage: null };
  const frames = readSegment(path, (damage) => {
    found.damage = damage;
  });
  for await (const frame of frames) void frame;
  if (found.damage !== null) await truncate(path, found.damage.offset);
  return found.damage;
}
