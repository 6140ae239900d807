/** An object of a frame. */
export type FrameFields = Readonly<Record<string, unknown>>;

/** The fields of one of a venue's messages as it is documented and was recorded. */
export interface MessageShape {
  /** In the venue's own words. */
  readonly message: string;
  readonly required: readonly string[];
  /** Also right when absent: of some products, or of former times. */
  readonly optional: readonly string[];
}

/** An object of a frame, and the shape that it should have. */
export interface ShapedPart {
  readonly shape: MessageShape;
  readonly fields: FrameFields;
}

/** From space-separated names. */
export function shapeOf(message: string, required: string, optional = ''): MessageShape {
  return { message, required: namesIn(required), optional: namesIn(optional) };
}

function namesIn(text: string): readonly string[] {
  return text.split(' ').filter((name) => name !== '');
}

export interface FieldDifference {
  readonly message: string;
  readonly field: string;
  readonly change: 'unknown' | 'missing';
}

export function differencesOf({ shape, fields }: ShapedPart): readonly FieldDifference[] {
  const { message, required, optional } = shape;
  const missing = required.filter((field) => !Object.hasOwn(fields, field));
  const unknown = Object.keys(fields).filter(
    (field) => !required.includes(field) && !optional.includes(field),
  );
  return [
    ...missing.map((field) => ({ message, field, change: 'missing' as const })),
    ...unknown.map((field) => ({ message, field, change: 'unknown' as const })),
  ];
}
