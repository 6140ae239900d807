import { readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { protocol } from 'electron';
import { pageSecurityHeaders } from '../../shared/pageSecurity.ts';

const scheme = 'app';
const pageHost = 'truetape';
export const pageOrigin = `${scheme}://${pageHost}`;

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Has to happen before the app is ready. `standard` gives pages a real origin, `secure` all web APIs. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme,
      privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
    },
  ]);
}

export function servePages(rendererFolder: string): void {
  protocol.handle(scheme, (request) => answerPage(rendererFolder, request));
}

export async function answerPage(rendererFolder: string, request: Request): Promise<Response> {
  const address = URL.parse(request.url);
  if (address?.host !== pageHost || request.method !== 'GET') return notFound();
  const file = fileOf(rendererFolder, address.pathname);
  const type = file === null ? undefined : contentTypes[extname(file)];
  if (file === null || type === undefined) return notFound();
  try {
    const content = await readFile(file);
    return new Response(new Uint8Array(content), {
      headers: { ...pageSecurityHeaders, 'content-type': type, 'cache-control': 'no-cache' },
    });
  } catch {
    return notFound();
  }
}

/** Null for whatever would lie outside the folder of the pages. */
function fileOf(rendererFolder: string, pathname: string): string | null {
  let path: string;
  try {
    path = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  if (path.includes('\0') || path.includes('\\')) return null;
  const file = join(rendererFolder, path === '/' ? 'index.html' : path);
  return file.startsWith(rendererFolder + sep) ? file : null;
}

function notFound(): Response {
  return new Response('There is no such page.', { status: 404, headers: pageSecurityHeaders });
}

/** The address of a window's page. */
export function pageAddress(window: string): string {
  return `${pageOrigin}/?window=${window}`;
}

/** Parsed by parts: the origin of a scheme of ours is opaque to `URL`. */
export function isOurPage(address: string): boolean {
  const parsed = URL.parse(address);
  return parsed?.protocol === `${scheme}:` && parsed.host === pageHost;
}
