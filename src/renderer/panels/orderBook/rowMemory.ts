/** What each row of the canvas shows, so that a row is painted again only when it would look different. */
export class RowMemory {
  #frame = '';
  readonly #rows = new Map<string, string>();

  /** True when everything has to be painted: another size, theme, state or column. */
  begin(frame: string): boolean {
    if (frame === this.#frame) return false;
    this.#frame = frame;
    this.#rows.clear();
    return true;
  }

  /** Whether the row at this place differs from what is painted there; it then counts as painted. */
  changed(place: string, signature: string): boolean {
    if (this.#rows.get(place) === signature) return false;
    this.#rows.set(place, signature);
    return true;
  }

  forgetRows(prefix: string): void {
    for (const place of this.#rows.keys()) {
      if (place.startsWith(prefix) && place !== prefix) this.#rows.delete(place);
    }
  }

  forget(): void {
    this.#frame = '';
    this.#rows.clear();
  }
}
