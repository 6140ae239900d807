import { setImmediate as nextTurn } from 'node:timers/promises';
import { assertNever } from '../../../shared/assert.ts';
import type { ExportTable, TableFormat } from '../../../shared/exports.ts';
import type { EpochMs } from '../../../shared/market.ts';
import { readLosses } from '../recording/recordedLosses.ts';
import { RecordingReader } from '../recording/recordingReader.ts';
import type { Row } from './cells.ts';
import { CsvRows } from './csvRows.ts';
import type { ExportOptions, ExportProgress } from './exportOptions.ts';
import { exportFrames } from './exportFrames.ts';
import { JsonRows } from './jsonRows.ts';
import { ParquetRows } from './parquetRows.ts';
import { PartFile } from './partFile.ts';
import type { PlayRange } from './playRecording.ts';
import { playRecording } from './playRecording.ts';
import { createReport } from './createReport.ts';
import { readTimeline } from './readTimeline.ts';
import type { ExportOrigin, RowEncoder } from './rowEncoder.ts';
import { createTable } from './tables/createTable.ts';
import { marksRows } from './tables/marksTable.ts';
import { recordingRow } from './tables/metricsTable.ts';

/** Rows that wait for their encoder. */
const batchRows = 4096;

/**
 * One export, from nothing to a whole file. Rejects with the reason of the abort, or with what `problemOf` tells a person;
 * then nothing is left of it.
 */
export async function exportSession(options: ExportOptions): Promise<ExportProgress> {
  const { files, folder, fileName, overwrite, tag, signal, request } = options;
  signal.throwIfAborted();
  if (request.content.type === 'frames') return exportFrames(options);
  const file = await PartFile.create({ files, folder, name: fileName, overwrite, tag });
  try {
    const run = new ExportRun(options, file);
    await run.write();
    signal.throwIfAborted();
    await file.finish();
    return run.done();
  } catch (error) {
    await file.abandon();
    throw error;
  }
}

class ExportRun {
  private readonly options: ExportOptions;
  private readonly file: PartFile;
  private rows = 0;
  private time: EpochMs = 0;
  private endTime: EpochMs = 0;

  constructor(options: ExportOptions, file: PartFile) {
    this.options = options;
    this.file = file;
  }

  async write(): Promise<void> {
    const { content } = this.options.request;
    switch (content.type) {
      case 'table':
        return this.writeTable(
          content.table,
          encoderOf(content.format, this.originOf(content.table)),
        );
      case 'report':
        return this.file.write(Buffer.from(await createReport(this.options)));
      case 'frames':
        throw new Error('raw frames have files of their own');
      default:
        return assertNever(content);
    }
  }

  done(): ExportProgress {
    return { progress: 1, rows: this.rows, bytes: this.file.bytes };
  }

  private async writeTable(table: ExportTable, encoder: RowEncoder): Promise<void> {
    const { options, file } = this;
    let held: Row[] = [];
    const flush = async (): Promise<void> => {
      const rows = held;
      held = [];
      await file.write(encoder.encode(rows));
      this.rows += rows.length;
      options.signal.throwIfAborted();
    };
    await file.write(encoder.begin());
    if (table === 'marks') held.push(...(await this.marks()));
    else
      await this.play(
        table,
        (row) => void held.push(row),
        () => (held.length < batchRows ? null : flush()),
      );
    for (const rest = held.splice(0); rest.length > 0;) {
      held = rest.splice(0, batchRows);
      await flush();
      await nextTurn();
    }
    await file.write(encoder.end());
  }

  private async play(
    table: ExportTable,
    emit: (row: Row) => void,
    pressure: () => Promise<void> | null,
  ): Promise<void> {
    const { session, request, signal } = this.options;
    const rows = createTable(table, { ...request, emit }, session);
    if (rows === null) return;
    const reader = await RecordingReader.open(session.segments.map(({ path }) => path));
    this.endTime = request.to ?? (await reader.lastTime()) ?? session.startTime;
    const witness = {
      ...rows,
      beforeInput: (time: EpochMs) => {
        this.time = time;
        rows.beforeInput?.(time);
      },
      pressure,
      onTurn: () => this.at(this.time),
    };
    await playRecording(reader, this.rangeOf(table), witness, signal);
    rows.finish?.();
    if (table === 'metrics') await this.tellLosses(emit);
  }

  private async tellLosses(emit: (row: Row) => void): Promise<void> {
    const { session } = this.options;
    const row = recordingRow(await readLosses(session), session.startTime, this.endTime);
    if (row !== null) emit(row);
  }

  private async marks(): Promise<readonly Row[]> {
    const { session, request, files, signal } = this.options;
    const timeline = await readTimeline(session, await readLosses(session), files, signal);
    const { from, to } = request;
    const range = { from: from ?? 0, to: to ?? Number.POSITIVE_INFINITY };
    return marksRows(timeline.marks(), range, request);
  }

  private rangeOf(table: ExportTable): PlayRange {
    const { request, session } = this.options;
    const { endTime } = session;
    const from = request.from ?? Number.NEGATIVE_INFINITY;
    const to = request.to ?? Number.POSITIVE_INFINITY;
    // The figures of the whole session stand in its last state.
    if (table === 'metrics') return { start: this.endTime, from: Number.NEGATIVE_INFINITY, to };
    return { start: from, from, to, endTime };
  }

  private at(time: EpochMs): void {
    const { session, request, onProgress } = this.options;
    const from = Math.max(request.from ?? 0, session.startTime);
    const share = this.endTime > from ? (time - from) / (this.endTime - from) : 0;
    const progress = Math.min(1, Math.max(0, share));
    onProgress({ progress, rows: this.rows, bytes: this.file.bytes });
  }

  private originOf(table: ExportTable): ExportOrigin {
    const { session, appVersion, request } = this.options;
    const { from, to, markets } = request;
    const { source, id, name } = session;
    return { table, source, session: id, sessionName: name, appVersion, from, to, markets };
  }
}

function encoderOf(format: TableFormat, origin: ExportOrigin): RowEncoder {
  switch (format) {
    case 'csv':
      return new CsvRows(origin);
    case 'json':
      return new JsonRows(origin);
    case 'parquet':
      return new ParquetRows(origin);
    default:
      return assertNever(format);
  }
}
