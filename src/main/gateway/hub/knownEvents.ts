/** More than a topic starts with, so that what was published is found among its start rows. */
const kept = 1_200;

/** Which events of a channel were published: a topic that starts over brings some of them again. */
export class KnownEvents {
  private readonly keys = new Set<string>();

  note(key: string): void {
    this.keys.add(key);
    if (this.keys.size <= kept) return;
    const [oldest] = this.keys;
    if (oldest !== undefined) this.keys.delete(oldest);
  }

  has(key: string): boolean {
    return this.keys.has(key);
  }

  forgetKeys(): void {
    this.keys.clear();
  }

  /** Of start rows in order: those behind the first known one that are not known; null: none of them is known. */
  unknownOf<Row>(rows: readonly Row[], keyOf: (row: Row) => string): readonly Row[] | null {
    const first = rows.findIndex((row) => this.keys.has(keyOf(row)));
    return first < 0 ? null : rows.slice(first).filter((row) => !this.keys.has(keyOf(row)));
  }
}
