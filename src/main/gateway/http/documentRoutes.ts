import { apiPaths } from '../../../shared/gateway/paths.ts';
import type { GatewayContext } from '../gatewayContext.ts';
import { asyncApiDocument } from './openapi/asyncApiDocument.ts';
import { openApiDocument } from './openapi/openApiDocument.ts';

/** What the gateway can do, for programs that write programs: no token, for there is nothing of anybody in it. */
export function addDocumentRoutes({ server, version }: GatewayContext): void {
  const documents = {
    [apiPaths.openapi]: openApiDocument(version),
    [apiPaths.asyncapi]: asyncApiDocument(version),
  };
  for (const [path, document] of Object.entries(documents)) {
    const body = JSON.stringify(document);
    server.get(path, (_request, reply) =>
      reply.header('cache-control', 'no-cache').type('application/json; charset=utf-8').send(body),
    );
  }
}
