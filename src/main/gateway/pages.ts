import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** The workstation's own page and its files. */
export function addPages(server: FastifyInstance, rendererFolder: string): void {
  server.register(fastifyStatic, {
    root: rendererFolder,
    dotfiles: 'ignore',
    cacheControl: false,
    acceptRanges: false,
    index: 'index.html',
    setHeaders(reply, path) {
      // Built names carry a hash of their content; everything else may change with the next build.
      const hashed = path.startsWith(join(rendererFolder, 'assets'));
      reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}
