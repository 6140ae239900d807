import type { FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import type { GatewayError } from '../../../shared/gateway/errors.ts';
import { gatewayLimits } from '../../../shared/gateway/limits.ts';
import type { EpochMs } from '../../../shared/market.ts';
import { apiPaths } from '../../../shared/gateway/paths.ts';
import {
  cookieName,
  endedCookies,
  readCookie,
  refreshCookie,
  refreshCookieName,
  sessionCookie,
} from '../cookies.ts';
import type { Principal } from './access.ts';
import { ticketOf } from './createAccess.ts';
import type { GatewayAccess } from './createAccess.ts';
import type { IssuedTokens, LoginResult } from './logins.ts';
import { addressOf, badBody, portOf } from './routeParts.ts';
import type { AuthContext } from './routeParts.ts';
import { addSessionRoutes } from './sessionRoutes.ts';

const loginSchema = v.strictObject({
  username: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  password: v.pipe(v.string(), v.minLength(1), v.maxLength(1024)),
  /** Of a page: the refresh token lives in a cookie that no script can read, and the page gets a session. */
  cookie: v.optional(v.boolean()),
});

const tokenText = v.pipe(v.string(), v.minLength(1), v.maxLength(256));
const refreshSchema = v.union([
  v.strictObject({ refresh_token: tokenText }),
  v.strictObject({ cookie: v.literal(true) }),
]);
const logoutSchema = v.optional(
  v.nullable(
    v.strictObject({
      refresh_token: v.optional(tokenText),
      cookie: v.optional(v.boolean()),
    }),
  ),
);

/** Login, refresh, logout, ticket, and the page's own `/api/session` (exchange of the printed key, state of its cookie). */
export function addAuthRoutes(context: AuthContext, access: GatewayAccess): void {
  addSessionRoutes(context, access);
  addLogin(context, access);
  addRefresh(context, access);
  addLogout(context, access);
  addTicket(context, access);
}

function addLogin(context: AuthContext, access: GatewayAccess): void {
  context.server.post(apiPaths.login, async (request, reply) => {
    const parsed = v.safeParse(loginSchema, request.body);
    if (!parsed.success) {
      return context.refuse(reply, badBody('{"username": "NAME", "password": "PASSWORD"}'));
    }
    const { username, password, cookie } = parsed.output;
    const result = await access.logins.login(username, password, addressOf(request));
    return answer(context, access, { request, reply, result, forPage: cookie === true });
  });
}

function addRefresh(context: AuthContext, access: GatewayAccess): void {
  context.server.post(apiPaths.refresh, async (request, reply) => {
    const parsed = v.safeParse(refreshSchema, request.body);
    if (!parsed.success) {
      return context.refuse(reply, badBody('{"refresh_token": "TOKEN"}'));
    }
    const forPage = 'cookie' in parsed.output;
    const token = 'cookie' in parsed.output ? refreshTokenOf(request) : parsed.output.refresh_token;
    if (token === null) return context.refuse(reply, noLogin);
    const result = await access.logins.refresh(token, addressOf(request));
    return answer(context, access, { request, reply, result, forPage });
  });
}

interface Answer {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly result: LoginResult;
  readonly forPage: boolean;
}

function answer(
  { refuse, clock }: AuthContext,
  access: GatewayAccess,
  { request, reply, result, forPage }: Answer,
): FastifyReply {
  const rules = { port: portOf(request), isSecure: access.isSecure };
  if (!result.ok) {
    const isOver = forPage && endsLogin(result.error);
    if (isOver) void reply.header('set-cookie', [refreshCookie(rules, '', 0)]);
    return refuse(reply, result.error);
  }
  const { tokens } = result;
  void reply.header('cache-control', 'no-store');
  if (forPage) {
    const session = pageSession(access, request, tokens, clock.wallMs());
    const refreshToken = refreshCookie(rules, tokens.refreshToken, gatewayLimits.refreshTokenSec);
    void reply.header('set-cookie', [
      refreshToken,
      ...(session === null ? [] : [sessionCookie(rules, session)]),
    ]);
  }
  return reply.send({
    access_token: tokens.accessToken,
    ...(forPage ? {} : { refresh_token: tokens.refreshToken }),
    token_type: 'Bearer',
    expires_in: Math.max(0, Math.floor((tokens.accessExpiresTime - clock.wallMs()) / 1000)),
    refresh_expires_in: gatewayLimits.refreshTokenSec,
    username: tokens.user,
  });
}

/** A renewed login keeps the page's session, and with it what is open; null then: the cookie stays. */
function pageSession(
  { pageSessions }: GatewayAccess,
  request: FastifyRequest,
  { user, family, accessExpiresTime }: IssuedTokens,
  time: EpochMs,
): string | null {
  const cookie = readCookie(request.headers.cookie, cookieName(portOf(request)));
  if (pageSessions.extend(cookie, family, accessExpiresTime) !== null) return null;
  return pageSessions.open(user, family, accessExpiresTime, time);
}

/** Not where it is only too early to ask. */
function endsLogin({ code }: GatewayError): boolean {
  return code === 'INVALID_TOKEN' || code === 'TOKEN_EXPIRED' || code === 'TOKEN_REVOKED';
}

function addLogout(context: AuthContext, access: GatewayAccess): void {
  context.server.post(apiPaths.logout, async (request, reply) => {
    const parsed = v.safeParse(logoutSchema, request.body);
    if (!parsed.success) {
      return context.refuse(reply, badBody('{"refresh_token": "TOKEN"}, or nothing'));
    }
    const token = parsed.output?.refresh_token ?? refreshTokenOf(request);
    const owner = token === null ? null : access.logins.ownerOfRefreshToken(token);
    const session = readCookie(request.headers.cookie, cookieName(portOf(request)));
    const result = await access.ofRequest(request.raw);
    const login = owner ?? (result.ok ? result.principal : null);
    if (login === null) {
      return context.refuse(reply, result.ok ? noLogin : result.error);
    }
    if (login.user !== null && login.family !== null) {
      access.logins.endLogin(login.user, login.family);
    }
    if (session !== null) access.sessions.end(session);
    return reply
      .code(204)
      .header('cache-control', 'no-store')
      .header('set-cookie', endedCookies({ port: portOf(request), isSecure: access.isSecure }))
      .send();
  });
}

function addTicket(context: AuthContext, access: GatewayAccess): void {
  context.server.post(apiPaths.ticket, async (request, reply) => {
    const result = await access.ofRequest(request.raw);
    if (!result.ok) return context.refuse(reply, result.error);
    if (isTicketed(request)) return context.refuse(reply, ticketForTicket);
    const { ticket, expiresTime } = access.issueTicket(result.principal);
    return reply.header('cache-control', 'no-store').send({
      ticket,
      expires_in: ticketSec(expiresTime, context, result.principal),
    });
  });
}

function ticketSec(
  expiresTime: number,
  { clock }: AuthContext,
  { expiresTime: accessEnds }: Principal,
): number {
  const ends = Math.min(expiresTime, accessEnds ?? expiresTime);
  return Math.max(0, Math.floor((ends - clock.wallMs()) / 1000));
}

function isTicketed(request: FastifyRequest): boolean {
  return request.headers.authorization === undefined && ticketOf(request.url) !== null;
}

const ticketForTicket: GatewayError = {
  code: 'FORBIDDEN',
  message:
    'A ticket gives no further ticket. Ask with the access token or the session of the page.',
};

const noLogin: GatewayError = {
  code: 'UNAUTHORIZED',
  message: 'There is no login to go on with. Sign in: POST /api/auth/login.',
};

function refreshTokenOf(request: FastifyRequest): string | null {
  return readCookie(request.headers.cookie, refreshCookieName(portOf(request)));
}
