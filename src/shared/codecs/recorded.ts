import type { ByteReader, ByteWriter } from '../bytes.ts';
import { DamagedBytesError } from '../bytes.ts';
import type { ExportReport } from '../exports.ts';
import type { MarkList } from '../marks.ts';
import type { RecordingList } from '../recordings.ts';
import type { SessionMetrics } from '../sessionMetrics.ts';
import { takeJsonObject } from './common.ts';

// Rare and small, so JSON inside. Host and page are of one schema version: the shape is checked as far as a damaged batch could pass.

export function encodeRecordingList(writer: ByteWriter, value: RecordingList): void {
  writer.string(JSON.stringify(value));
}

export function decodeRecordingList(reader: ByteReader): RecordingList {
  const value = takeJsonObject(reader);
  if (!isRecordingList(value)) throw new DamagedBytesError('not a list of recordings');
  return value;
}

export function encodeExportReport(writer: ByteWriter, value: ExportReport): void {
  writer.string(JSON.stringify(value));
}

export function decodeExportReport(reader: ByteReader): ExportReport {
  const value = takeJsonObject(reader);
  if (!isExportReport(value)) throw new DamagedBytesError('not a list of exports');
  return value;
}

export function encodeMarkList(writer: ByteWriter, value: MarkList): void {
  writer.string(JSON.stringify(value));
}

export function decodeMarkList(reader: ByteReader): MarkList {
  const value = takeJsonObject(reader);
  if (!isMarkList(value)) throw new DamagedBytesError('not a list of marks');
  return value;
}

export function encodeSessionMetrics(writer: ByteWriter, value: SessionMetrics): void {
  writer.string(JSON.stringify(value));
}

export function decodeSessionMetrics(reader: ByteReader): SessionMetrics {
  const value = takeJsonObject(reader);
  if (!isSessionMetrics(value)) throw new DamagedBytesError('not the metrics of a session');
  return value;
}

function isRecordingList(value: object): value is RecordingList {
  return 'sessions' in value && Array.isArray(value.sessions) && 'quotaBytes' in value;
}

function isExportReport(value: object): value is ExportReport {
  return 'jobs' in value && Array.isArray(value.jobs) && 'folder' in value;
}

function isMarkList(value: object): value is MarkList {
  return 'marks' in value && Array.isArray(value.marks) && 'session' in value;
}

function isSessionMetrics(value: object): value is SessionMetrics {
  return 'connections' in value && Array.isArray(value.connections) && 'streams' in value;
}
