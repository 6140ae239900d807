import type { RestReply } from './venueDialect.ts';

export function failure(status: number, code: number, msg: string): RestReply {
  return { status, body: JSON.stringify({ code, msg }) };
}

export const notRecorded = failure(404, -1000, 'This is not in the recording.');
