import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { extname } from 'node:path';
import { exportPath } from '../../shared/channels.ts';
import type { GatewayError } from '../../shared/gateway/errors.ts';
import type { EngineHost } from '../engine/host.ts';
import type { GatewayContext } from './gatewayContext.ts';
import { authorize } from './http/authorize.ts';

const contentTypes: Readonly<Record<string, string>> = {
  '.csv': 'text/csv; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.parquet': 'application/vnd.apache.parquet',
  '.html': 'text/html; charset=utf-8',
  '.gz': 'application/gzip',
};

const noExport: GatewayError = {
  code: 'NOT_FOUND',
  message: 'There is no such export. Its number is in the list of exports.',
};
const exportGone: GatewayError = {
  code: 'NOT_FOUND',
  message: 'The file of this export is not there any more. Export it again.',
};

/** Finished exports by their number: no name, and so no path, ever comes from the request. */
export function addExportRoute(
  context: Pick<GatewayContext, 'server' | 'access' | 'refuse'>,
  host: Pick<EngineHost, 'exportFile'>,
): void {
  const { server, refuse } = context;
  server.get<{ Params: { id: string } }>(`${exportPath}:id`, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    if ((await authorize(context, request, reply)) === null) return reply;
    const { id } = request.params;
    const found = /^[1-9]\d{0,8}$/.test(id) ? await host.exportFile(Number(id)) : null;
    if (found === null) return refuse(reply, noExport);
    const file = await open(found.path, 'r').catch(() => null);
    if (file === null) return refuse(reply, exportGone);
    const { size } = await file.stat();
    return reply
      .type(contentTypes[extname(found.fileName).toLowerCase()] ?? 'application/octet-stream')
      .header('content-length', size)
      .header('content-disposition', dispositionOf(found.fileName))
      .header('x-content-type-options', 'nosniff')
      .send(createReadStream(found.path, { fd: file, end: Math.max(0, size - 1) }));
  });
}

/** A download, never a page of ours: its name in ASCII for old readers, and as it is (RFC 6266). */
export function dispositionOf(fileName: string): string {
  const plain = fileName.replace(/[^\w.() -]/g, '_');
  const encoded = encodeURIComponent(fileName.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
