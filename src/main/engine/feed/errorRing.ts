import type { FeedError } from '../../../shared/feedHealth.ts';

const capacity = 200;

/** The newest 200 errors. */
export class ErrorRing {
  private errors: FeedError[] = [];

  add(error: FeedError): void {
    this.errors.push(error);
    if (this.errors.length > capacity) this.errors.splice(0, this.errors.length - capacity);
  }

  clear(): void {
    this.errors = [];
  }

  list(): readonly FeedError[] {
    return [...this.errors];
  }

  save(): readonly FeedError[] {
    return this.list();
  }

  restore(saved: readonly FeedError[]): void {
    this.errors = [...saved];
  }
}
