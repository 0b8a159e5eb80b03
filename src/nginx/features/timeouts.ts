import { feature } from "../feature.ts";
import { readCount, readTime, scoped, wanted } from "../setting-values.ts";

interface Waiting {
  readonly times: Map<string, string>;
  /** Workers to try, the first among them; undefined: as many as there are. */
  tries: number | undefined;
}

/** How long NGINX waits for the app, and when it asks another worker. */
export const timeouts = feature<Waiting>({
  settings: {
    timeout: {
      text: "[/path] TIME: how long NGINX waits for the app to say or take something. Default: harakiri and 5 seconds where it is set, else 60s.",
      read(value, { times }) {
        const { path, words } = scoped(value);
        if (words.length > 1) throw wanted("one time", value);
        times.set(path, readTime(words[0] ?? ""));
      },
    },
    tries: {
      text: "How many workers a request may be given to, where its own went away and repeating it does no harm; 1: never another. Default: all.",
      read: (value, into) => {
        into.tries = readCount(value);
      },
    },
  },
  begin: () => ({ times: new Map(), tries: undefined }),
  add({ times, tries }, draft) {
    const { harakiri } = draft.input;
    // A margin, so that the app server, which knows more, is the one to say that it took too long.
    const usual = harakiri > 0 ? `${Math.ceil(harakiri) + 5}s` : "60s";
    for (const [path, time] of new Map([["", usual], ...times]))
      draft
        .at(path)
        .set("timeouts", ({ module }) => [
          [`${module}_read_timeout ${time};`, `${module}_send_timeout ${time};`],
        ]);
    draft
      .at("")
      .set("retries", ({ module }) => [
        tries === 1
          ? [`${module}_next_upstream off;`]
          : [
              "# A request may go to another worker when its own went away, unless repeating it could do harm;",
              "# one that is merely slow may not.",
              `${module}_next_upstream error;`,
              ...(tries === undefined ? [] : [`${module}_next_upstream_tries ${tries};`]),
            ],
      ]);
  },
});
