/** Serves the page: three files, read once at start. */
import type { FastifyInstance } from "fastify";
import { sendTagged } from "./fleet-routes.ts";

/** The files of the page. */
export interface WebFiles {
  readonly html: Buffer;
  readonly script: Buffer;
  readonly style: Buffer;
}

/** Adds the routes. */
export function addPageRoutes(app: FastifyInstance, files: WebFiles): void {
  const routes: readonly (readonly [string, Buffer, string])[] = [
    ["/", files.html, "text/html; charset=utf-8"],
    ["/page.js", files.script, "text/javascript; charset=utf-8"],
    ["/page.css", files.style, "text/css; charset=utf-8"],
  ];
  for (const [path, body, type] of routes) {
    app.get(path, async (request, reply) => sendTagged(request, reply, body, type));
  }
}
