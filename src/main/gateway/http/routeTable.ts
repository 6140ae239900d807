import type { FastifyInstance } from 'fastify';

export interface RouteRecord {
  readonly method: string;
  /** As registered: `/api/markets/:symbol/book`. */
  readonly url: string;
}

/** Every route of the server, told as they are added. */
export interface RouteTable {
  readonly routes: readonly RouteRecord[];
  /** Of a path that has routes, but none for the method asked; empty where there is no such path. */
  methodsOf(path: string): readonly string[];
}

/** Has to be called before the first route. */
export function watchRoutes(server: FastifyInstance): RouteTable {
  const routes: RouteRecord[] = [];
  server.addHook('onRoute', ({ method, url }) => {
    for (const one of Array.isArray(method) ? method : [method]) {
      routes.push({ method: one, url });
    }
  });
  return {
    routes,
    methodsOf(path) {
      const found = routes.filter(({ url }) => !url.includes('*') && fits(url, path));
      return [...new Set(found.map(({ method }) => method))].sort();
    },
  };
}

function fits(url: string, path: string): boolean {
  const parts = url.split('/');
  const words = path.split('/');
  return (
    parts.length === words.length &&
    parts.every((part, index) =>
      part.startsWith(':') ? words[index] !== '' : part === words[index],
    )
  );
}
