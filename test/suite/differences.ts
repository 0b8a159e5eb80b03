import type { AppName, Target } from "./target.ts";

/** What is seen at a target, where not all see the same. */
export interface Fact<T> {
  seenAt(target: Target): T;
}

type Exceptions<T> = Partial<Record<Target["wire"] | AppName, { readonly seen: T; readonly why: string }>>;

/** How a response without Content-Length that was cut off looks to the client. */
export const CUT_WITHOUT_LENGTH: Fact<"broken" | "whole"> = fact<"broken" | "whole">("broken", {
  "NGINX uwsgi_pass": {
    seen: "whole",
    why: "Such a uwsgi response ends where its connection does, and a unix socket that is closed cannot say that it was reset.",
  },
});

/** Whether X-Forwarded-For and X-Forwarded-Proto are taken from the client itself. */
export const FORWARDED_BELIEVED: Fact<boolean> = fact<boolean>(false, {
  "HTTP direct": { seen: true, why: "The client is on loopback, which is trusted to be a proxy." },
});

/** Whether an app can send Early Hints (RFC 8297). */
export const EARLY_HINTS: Fact<boolean> = fact<boolean>(true, {
  fetch: { seen: false, why: "A Response has no interim responses before it." },
  hono: { seen: false, why: "Hono answers with a Response." },
});

/** What every target shows, but for those that are named with their reason. */
function fact<T>(usual: T, exceptions: Exceptions<T>): Fact<T> {
  return {
    seenAt: ({ wire, app }) => {
      const exception = exceptions[wire] ?? exceptions[app];
      return exception ? exception.seen : usual;
    },
  };
}
