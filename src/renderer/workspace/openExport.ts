import * as v from 'valibot';
import { exportTables } from '../../shared/exports.ts';

const wantedSchema = v.object({
  session: v.optional(v.string()),
  table: v.optional(v.picklist(exportTables)),
  /** When it was asked for: a second wish starts the form anew. */
  asked: v.fallback(v.number(), 0),
});

/** What whoever opens the export already knows of it. */
export interface ExportWanted {
  readonly session?: string;
  readonly table?: (typeof exportTables)[number];
}

/** As it stands in the options of the panel. */
export function parseExportWanted(saved: unknown): ExportWanted & { readonly asked: number } {
  const result = v.safeParse(wantedSchema, saved);
  if (!result.success) return { asked: 0 };
  const { session, table, asked } = result.output;
  return {
    asked,
    ...(session === undefined ? {} : { session }),
    ...(table === undefined ? {} : { table }),
  };
}
