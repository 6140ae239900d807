import type { ByteReader, ByteWriter } from '../bytes.ts';
import { DamagedBytesError } from '../bytes.ts';
import type { Incident } from '../incidents.ts';
import type { LatencyReport } from '../latency.ts';
import { takeJsonObject } from './common.ts';

// Rare and small, so JSON inside. Host and page are of one schema version: the shape is checked as far as a damaged batch could pass.

export function encodeIncident(writer: ByteWriter, value: Incident): void {
  writer.string(JSON.stringify(value));
}

export function decodeIncident(reader: ByteReader): Incident {
  const value = takeJsonObject(reader);
  if (!isIncident(value)) throw new DamagedBytesError('not an incident');
  return value;
}

export function encodeLatencyReport(writer: ByteWriter, value: LatencyReport): void {
  writer.string(JSON.stringify(value));
}

export function decodeLatencyReport(reader: ByteReader): LatencyReport {
  const value = takeJsonObject(reader);
  if (!isLatencyReport(value)) throw new DamagedBytesError('not a latency report');
  return value;
}

function isIncident(value: object): value is Incident {
  return 'id' in value && typeof value.id === 'number' && 'kind' in value && 'cost' in value;
}

function isLatencyReport(value: object): value is LatencyReport {
  return 'venues' in value && Array.isArray(value.venues) && 'trend' in value;
}
