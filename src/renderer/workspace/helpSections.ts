/** Sections of `docs/troubleshooting.md` that the page leads to, by the anchors of their headings. */
export const helpSections = [
  'it-fails-to-connect',
  'looking-for-venues-on-the-first-start',
  'connecting-and-subscribing',
  'the-connection-is-lost',
  'the-venue-cannot-be-reached',
  'the-venue-asks-us-to-wait',
  'the-venue-has-banned-this-address',
  'the-venue-refuses-a-connection-or-a-subscription',
  'a-certificate-or-a-web-page-instead-of-data',
  'paused-by-you',
  'it-gets-no-updates',
  'quiet',
  'stale',
  'resyncing',
  'gaps',
  'late-data',
  'an-outlier-print',
  'the-clock-is-wrong',
  'the-venue-changed-its-api',
  'the-market-is-halted-or-delisted',
  'truetape-stood-still',
  'the-machine-slept',
  'it-uses-much-memory',
  'it-is-slow',
  'error-catalogue',
  'websocket-connection-failed',
  'connection-timeout',
  'transport-close',
  'invalid-token',
  'token-expired',
  'too-many-wrong-keys',
  'sign-in-required',
  'different-versions',
  'the-profile-is-in-use',
  'save-diagnostics',
] as const;
export type HelpSection = (typeof helpSections)[number];

export function isHelpSection(text: unknown): text is HelpSection {
  return helpSections.some((section) => section === text);
}
