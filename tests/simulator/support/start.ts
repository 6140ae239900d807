/** Wednesday 2026-06-03, 12:30:17.400 UTC: inside a minute and inside a second. */
export const startTime = Date.UTC(2026, 5, 3, 12, 30, 17, 400);
