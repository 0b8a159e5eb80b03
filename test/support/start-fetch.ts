import { fetchApp } from "../../src/app/fetch-adapter.ts";
import type { FetchHandler } from "../../src/app/interface.ts";
import { FakeExchange, type FakeRequest } from "./fake-exchange.ts";

/** Lets a fetch handler answer a request; `handled` is what its adapter's `handle` returned. */
export function startFetch(handler: FetchHandler, request: FakeRequest = {}) {
  const exchange = new FakeExchange(request);
  const handled = (async () => fetchApp("fetch handler", handler).handle(exchange))();
  // Tests look at it when they are ready to.
  handled.catch(() => {});
  return { exchange, handled };
}

/** The exchange when a fetch handler has answered it. */
export async function answerFetch(handler: FetchHandler, request: FakeRequest = {}): Promise<FakeExchange> {
  const { exchange, handled } = startFetch(handler, request);
  await handled;
  return exchange;
}
