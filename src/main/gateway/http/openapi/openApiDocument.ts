import { accountPaths, accountSchemas } from './accountPaths.ts';
import type { JsonSchema } from './jsonSchema.ts';
import { marketPaths, marketSchemas } from './marketPaths.ts';
import { messageSchemas } from './messageSchemas.ts';
import type { Paths } from './operations.ts';
import { streamPaths, streamSchemas } from './streamPaths.ts';
import { systemPaths, systemSchemas } from './systemPaths.ts';
import { wireSchemas } from './wireSchemas.ts';

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: object;
  readonly servers: readonly object[];
  readonly security: readonly object[];
  readonly tags: readonly object[];
  readonly paths: Paths;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: object;
  };
}

/** Everything that the gateway answers over HTTP. */
export function openApiDocument(version: string): OpenApiDocument {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Truetape gateway',
      version,
      summary: 'The consolidated crypto tape: every value with its validity.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { pageCookie: [] }, { ticket: [] }],
    tags: [
      { name: 'markets', description: 'Present values for who asks once.' },
      { name: 'streams', description: 'Server-sent events and long polling.' },
      { name: 'accounts', description: 'Tokens, tickets and sessions of pages.' },
      { name: 'recordings', description: 'Exports, and recordings on the protocols of venues.' },
      { name: 'operations', description: 'For monitors and readers of this document.' },
    ],
    paths: { ...marketPaths, ...streamPaths, ...accountPaths, ...systemPaths },
    components: {
      schemas: {
        ...wireSchemas,
        ...messageSchemas,
        ...marketSchemas,
        ...streamSchemas,
        ...accountSchemas,
        ...systemSchemas,
      },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'An access token; on this machine the printed session key too.',
        },
        pageCookie: {
          type: 'apiKey',
          in: 'cookie',
          name: 'truetape-7411',
          description: 'Of a page of this gateway; its name ends in the port.',
        },
        ticket: {
          type: 'apiKey',
          in: 'query',
          name: 'ticket',
          description: 'Single-use, for the streams only.',
        },
      },
    },
  };
}
