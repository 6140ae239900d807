import { assertNever } from '../../../shared/assert.ts';
import type { ExportContent, ExportRequest } from '../../../shared/exports.ts';
import { checkFileName, withEnding } from './fileNames.ts';
import { formatEndings } from './rowEncoder.ts';

/** Name of the file of an export: the one asked for, else of the session and what is in it. Throws `ExportError`. */
export function fileNameOf({ content, session, fileName }: ExportRequest): string {
  const ending = endingOf(content);
  return checkFileName(withEnding(fileName ?? `${session}-${wordOf(content)}`, ending));
}

function wordOf(content: ExportContent): string {
  return content.type === 'table' ? content.table : content.type;
}

function endingOf(content: ExportContent): string {
  switch (content.type) {
    case 'table':
      return formatEndings[content.format];
    case 'report':
      return '.html';
    case 'frames':
      return '.ndjson.gz';
    default:
      return assertNever(content);
  }
}
