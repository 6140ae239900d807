import { session, shell } from 'electron';
import type { Session, WebContents } from 'electron';
import { externalLinks } from '../../shared/pageSecurity.ts';
import type { ExternalLink } from '../../shared/pageSecurity.ts';
import { isOurPage, pageOrigin } from './pageScheme.ts';

/** Pages get no permission, device, foreign download or spell checker (which would fetch its dictionaries from outside). */
export function lockDownSession(pages: Session = session.defaultSession): void {
  pages.setPermissionRequestHandler((_contents, _permission, answer) => {
    answer(false);
  });
  pages.setPermissionCheckHandler(() => false);
  pages.setDevicePermissionHandler(() => false);
  pages.setSpellCheckerEnabled(false);
  pages.on('will-download', (event, download) => {
    if (!isOwnFile(download.getURL(), download.getMimeType())) event.preventDefault();
  });
}

/** The diagnostics that a page of ours was given and offers: a person says where it goes. Nothing else is saved. */
export function isOwnFile(address: string, mimeType: string): boolean {
  return mimeType === 'application/zip' && address.startsWith(`blob:${pageOrigin}/`);
}

/** A page stays on its own address and opens nothing; the known link goes to the system browser. */
export function lockDownPage(contents: WebContents): void {
  contents.on('will-frame-navigate', (event) => {
    const isReload = event.isMainFrame && isOurPage(event.url) && event.url === contents.getURL();
    if (!isReload) event.preventDefault();
  });
  contents.on('will-redirect', (event) => {
    event.preventDefault();
  });
  contents.on('will-attach-webview', (event) => {
    event.preventDefault();
  });
  contents.setWindowOpenHandler(({ url }) => {
    const link = externalLinkOf(url);
    if (link !== null) openExternalLink(link);
    return { action: 'deny' };
  });
}

/** Our own constant is opened, never the address that a page gave. */
export function openExternalLink(link: ExternalLink): void {
  void shell.openExternal(externalLinks[link]).catch(() => undefined);
}

export function externalLinkOf(address: string): ExternalLink | null {
  const wanted = URL.parse(address);
  if (wanted?.protocol !== 'https:') return null;
  for (const link of ['chart-attribution'] as const) {
    const known = new URL(externalLinks[link]);
    const isUnder = wanted.pathname === known.pathname || known.pathname === '/';
    if (wanted.origin === known.origin && isUnder) return link;
  }
  return null;
}
