import { expect, test } from 'vitest';
import { PageSessions } from '../../../../src/main/gateway/accounts/pageSessions.ts';

test('a page that is open for long keeps its session before those that have expired', () => {
  const sessions = new PageSessions();
  const open = sessions.open('anna', 'f0', 10_000, 0);
  const gone = sessions.open('anna', 'f1', 100, 0);
  for (let at = 0; at < 5_000; at += 1) sessions.open('eve', `e${at}`, at + 10, at);
  expect(sessions.find(open)).toMatchObject({ user: 'anna', family: 'f0' });
  expect(sessions.find(gone)).toBeNull();
});
