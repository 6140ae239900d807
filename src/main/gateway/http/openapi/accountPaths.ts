import { gatewayPaths } from '../../../../shared/channels.ts';
import { apiPaths } from '../../../../shared/gateway/paths.ts';
import { exactly, integer, number, object, reference, text, truth } from './jsonSchema.ts';
import type { JsonSchema } from './jsonSchema.ts';
import { operation } from './operations.ts';
import type { Paths } from './operations.ts';

const credential = { type: 'string', minLength: 1, maxLength: 1024 };

export const accountSchemas: Readonly<Record<string, JsonSchema>> = {
  Tokens: object(
    {
      access_token: text,
      refresh_token: text,
      token_type: exactly('Bearer'),
      expires_in: { ...integer, description: 'Seconds.' },
      refresh_expires_in: { ...integer, description: 'Seconds.' },
      username: text,
    },
    ['refresh_token'],
  ),
  Ticket: object({ ticket: text, expires_in: { ...integer, description: 'Seconds.' } }),
  PageSession: object({ username: text, expires_in_ms: number }),
};

export const accountPaths: Paths = {
  [apiPaths.login]: {
    post: operation({
      ...{ id: 'login', tag: 'accounts', isOpen: true },
      summary: 'User name and password for an access token and a refresh token.',
      body: {
        schema: object({ username: credential, password: credential, cookie: truth }, ['cookie']),
      },
      answers: { 200: reference('Tokens') },
      refusals: ['INVALID_CREDENTIALS', 'RATE_LIMITED'],
    }),
  },
  [apiPaths.refresh]: {
    post: operation({
      ...{ id: 'refresh', tag: 'accounts', isOpen: true },
      summary:
        'A refresh token for a new pair; each one works once, and a second use ends the login.',
      body: {
        schema: object({ refresh_token: credential, cookie: truth }, ['refresh_token', 'cookie']),
      },
      answers: { 200: reference('Tokens') },
      refusals: ['UNAUTHORIZED', 'INVALID_TOKEN', 'TOKEN_EXPIRED', 'TOKEN_REVOKED', 'RATE_LIMITED'],
    }),
  },
  [apiPaths.logout]: {
    post: operation({
      ...{ id: 'logout', tag: 'accounts', summary: 'Ends the login and its live connections.' },
      body: {
        schema: object({ refresh_token: credential, cookie: truth }, ['refresh_token', 'cookie']),
        optional: true,
      },
      answers: { 204: null },
    }),
  },
  [apiPaths.ticket]: {
    post: operation({
      ...{ id: 'ticket', tag: 'accounts' },
      summary: 'A ticket for one EventSource (`?ticket=`): it works once, for a minute.',
      answers: { 200: reference('Ticket') },
      refusals: ['FORBIDDEN'],
    }),
  },
  [gatewayPaths.session]: {
    get: operation({
      ...{ id: 'pageSession', tag: 'accounts', summary: 'Whether the cookie of a page holds.' },
      answers: { 200: reference('PageSession'), 204: null },
    }),
    post: operation({
      ...{ id: 'exchangeKey', tag: 'accounts', isOpen: true },
      summary: 'The printed key of this machine for the cookie of a page.',
      body: { schema: object({ key: { type: 'string', maxLength: 128 } }) },
      answers: { 204: null },
      refusals: ['INVALID_TOKEN', 'RATE_LIMITED'],
    }),
  },
};
