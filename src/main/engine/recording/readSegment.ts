import { SegmentFile } from './segmentFile.ts';
import type { SegmentDamage, SegmentFrame } from './segmentStream.ts';
import { SegmentStream } from './segmentStream.ts';

export type { SegmentDamage, SegmentFrame } from './segmentStream.ts';

/**
 * The frames of a segment, plain or packed, from `offset`, where one begins, until its end or the first damage, which is told once and ends the reading.
 * Throws `RecordingError` where the file is no segment or of a version that is not known.
 */
export async function* readSegment(
  path: string,
  onDamage: (damage: SegmentDamage) => void,
  offset = 0,
): AsyncGenerator<SegmentFrame> {
  const file = await SegmentFile.open(path);
  try {
    const stream = new SegmentStream(file, offset);
    for (;;) {
      const frame = stream.next();
      if (frame !== null) yield frame;
      else if (!(await stream.load())) break;
    }
    if (stream.damage === null) stream.endsHere();
    if (stream.damage !== null) onDamage(stream.damage);
  } finally {
    await file.close();
  }
}
