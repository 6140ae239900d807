import type { ClosableConnection } from './connectionPool.ts';

/** Named connections of any kind. Each name has one connection: making another one closes the first. */
export class ConnectionRegistry {
  private readonly connectionByName = new Map<string, ClosableConnection>();
  private readonly listeners = new Set<() => void>();
  private shown: readonly string[] = [];

  create<Connection extends ClosableConnection>(name: string, open: () => Connection): Connection {
    // Closed first: two connections of one name never live at the same time.
    this.connectionByName.get(name)?.close();
    this.connectionByName.delete(name);
    try {
      const connection = open();
      this.connectionByName.set(name, connection);
      return connection;
    } finally {
      this.tell();
    }
  }

  get(name: string): ClosableConnection | null {
    return this.connectionByName.get(name) ?? null;
  }

  /** Whether there was one. */
  close(name: string): boolean {
    const connection = this.connectionByName.get(name);
    if (connection === undefined) return false;
    this.connectionByName.delete(name);
    connection.close();
    this.tell();
    return true;
  }

  /** Safe to call twice; the registry can be used again. */
  closeAll(): void {
    const all = [...this.connectionByName.values()];
    this.connectionByName.clear();
    for (const connection of all) connection.close();
    if (all.length > 0) this.tell();
  }

  /** The same array until a connection comes or goes. */
  readonly names = (): readonly string[] => this.shown;

  /** Returns its unsubscribe. */
  readonly onChange = (listener: () => void): (() => void) => {
    const own = (): void => listener();
    this.listeners.add(own);
    return () => {
      this.listeners.delete(own);
    };
  };

  private tell(): void {
    this.shown = [...this.connectionByName.keys()];
    for (const listener of this.listeners) listener();
  }
}
