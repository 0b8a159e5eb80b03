import { feature } from "../feature.ts";
import { readSize, scoped, wanted } from "../setting-values.ts";

/** The largest request body, by path. */
export const bodySize = feature<{ sizes: Map<string, string> }>({
  settings: {
    "client-max-body-size": {
      text: "[/path] SIZE: the largest request body, with k, m or g; 0: no limit. Default: limit-post where it is set, else 100m.",
      read(value, { sizes }) {
        const { path, size } = readBodySize(value);
        sizes.set(path, size);
      },
    },
  },
  begin: () => ({ sizes: new Map() }),
  add({ sizes }, draft) {
    const { limitPost } = draft.input;
    // NGINX's own 1m is what uploads trip over. What the app server takes is right where that is
    // known; without, a limit still stands between a stranger and an app that reads bodies whole.
    const usual = limitPost > 0 ? bytes(limitPost) : "100m";
    for (const [path, size] of new Map([["", usual], ...sizes]))
      draft.at(path).set("body size", [`client_max_body_size ${size};`]);
  },
});

/** `[/path] SIZE` */
export function readBodySize(value: string): { readonly path: string; readonly size: string } {
  const { path, words } = scoped(value);
  if (words.length > 1) throw wanted("one size", value);
  return { path, size: readSize(words[0] ?? "") };
}

function bytes(count: number): string {
  if (count % 1024 ** 3 === 0) return `${count / 1024 ** 3}g`;
  if (count % 1024 ** 2 === 0) return `${count / 1024 ** 2}m`;
  if (count % 1024 === 0) return `${count / 1024}k`;
  return String(count);
}
