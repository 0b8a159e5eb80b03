/** As much of the peers' types as is used here, so that the check needs none of them installed. */
type Handler = (request: Request) => Response | Promise<Response>;
interface Where {
  readonly port: number;
  readonly hostname: string;
}
declare const Bun: { serve(options: Where & { fetch: Handler }): void };
declare const Deno: { serve(options: Where & { onListen(): void }, handler: Handler): void };
declare module "@hono/node-server" {
  export function serve(options: Where & { fetch: Handler }): void;
}
declare module "srvx" {
  export const FastResponse: typeof Response;
  export function serve(
    options: Where & { fetch: Handler; silent: boolean; gracefulShutdown: boolean },
  ): void;
}
