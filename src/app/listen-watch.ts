import { subscribe, unsubscribe } from "node:diagnostics_channel";

/**
 * Runs `work` and tells whether a server was told to listen meanwhile: a module that does so, and
 * exports no app, was written to be run by itself.
 */
export async function watchListen<T>(work: () => Promise<T>): Promise<{ result: T; listened: boolean }> {
  let listened = false;
  const note = () => {
    listened = true;
  };
  // node:net publishes here what its Server.listen is called with, before it binds.
  subscribe("tracing:net.server.listen:asyncStart", note);
  try {
    const result = await work();
    return { result, listened };
  } finally {
    unsubscribe("tracing:net.server.listen:asyncStart", note);
  }
}
