/** Sent with every answer that a page can load, by both hosts. Styles need 'unsafe-inline': chart and docking write them. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const pageSecurityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), usb=(), payment=()',
};

/** Names a window in addresses and storage; the first one is `main`. */
export const windowIdPattern = /^[a-z0-9-]{1,40}$/;
export const mainWindowId = 'main';
/** Of windows that were opened for a replay: a later run of the program knows what they were. */
export const replayWindowPrefix = 'replay-';

/** The only addresses outside that either host opens: what the chart library's licence asks for. */
export const externalLinks = {
  'chart-attribution': 'https://www.tradingview.com/',
} as const;
export type ExternalLink = keyof typeof externalLinks;
