import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { extname } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { exportPath } from '../../shared/channels.ts';
import type { EngineHost } from '../engine/host.ts';

export interface ExportRouteOptions {
  readonly host: Pick<EngineHost, 'exportFile'>;
  readonly isAuthorized: (request: IncomingMessage) => boolean;
  readonly refuse: (reply: FastifyReply, code: number, message: string) => FastifyReply;
}

const contentTypes: Readonly<Record<string, string>> = {
  '.csv': 'text/csv; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.parquet': 'application/vnd.apache.parquet',
  '.html': 'text/html; charset=utf-8',
  '.gz': 'application/gzip',
};

/** Finished exports by their number: no name, and so no path, ever comes from the request. */
export function addExportRoute(server: FastifyInstance, options: ExportRouteOptions): void {
  server.get<{ Params: { id: string } }>(`${exportPath}:id`, async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const { host, isAuthorized, refuse } = options;
    if (!isAuthorized(request.raw)) {
      return refuse(reply, 401, 'Open the address that the gateway printed.');
    }
    const { id } = request.params;
    const found = /^[1-9]\d{0,8}$/.test(id) ? await host.exportFile(Number(id)) : null;
    if (found === null) return refuse(reply, 404, 'There is no such export.');
    const file = await open(found.path, 'r').catch(() => null);
    if (file === null) return refuse(reply, 404, 'The file of this export is not there any more.');
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
