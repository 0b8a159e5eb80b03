import { type NodeListener, nodeListenerApp } from "../../src/app/node-listener-adapter.ts";
import { FakeExchange, type FakeRequest } from "./fake-exchange.ts";

/** Lets a node listener answer a request; `handled` is what its adapter's `handle` returned. */
export function startListener(listener: NodeListener, request: FakeRequest = {}) {
  const exchange = new FakeExchange(request);
  const handled = (async () => nodeListenerApp("node listener", listener).handle(exchange))();
  // Tests look at it when they are ready to.
  handled.catch(() => {});
  return { exchange, handled };
}

/** Names of the events that an object emits from now on. */
export function record(emitter: NodeJS.EventEmitter, names: string[]): string[] {
  const seen: string[] = [];
  for (const name of names) emitter.on(name, () => seen.push(name));
  return seen;
}
