/** The `default` of a switch over a closed union: a new member fails to compile, a hostile one throws. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
