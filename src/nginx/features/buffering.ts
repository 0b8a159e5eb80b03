import type { PassModule } from "../draft.ts";
import { feature } from "../feature.ts";
import { readBoolean, scoped, wanted } from "../setting-values.ts";

/** Whether NGINX takes bodies in whole, both ways, by path. */
export const buffering = feature<{ paths: Map<string, boolean> }>({
  settings: {
    buffering: {
      text: "[/path] on or off: whether NGINX takes requests and responses in, so that the app is soon done with slow clients, or streams them both ways. Default: on for Python apps, off for others.",
      read(value, { paths }) {
        const { path, words } = scoped(value);
        if (words.length !== 1) throw wanted("[/path] on or off", value);
        paths.set(path, readBoolean(words[0]!));
      },
    },
  },
  begin: () => ({ paths: new Map() }),
  add({ paths }, draft) {
    draft.at("").set("buffering", ({ module }) => [usual(module)]);
    for (const [path, on] of paths) draft.at(path).set("buffering", ({ module }) => [switched(module, on)]);
  },
});

function sizes(module: PassModule): string[] {
  return [
    `${module}_buffer_size 16k;  # also the most that a response's header may have`,
    `${module}_buffers 8 16k;`,
  ];
}

function switched(module: PassModule, on: boolean): string[] {
  const word = on ? "on" : "off";
  return [`${module}_request_buffering ${word};`, `${module}_buffering ${word};`, ...sizes(module)];
}

function usual(module: PassModule): string[] {
  if (module === "uwsgi")
    return [
      "# A worker has one request at a time: NGINX takes the waiting for slow clients off it and keeps",
      "# bodies both ways. `X-Accel-Buffering: no` in a response streams that one.",
      ...sizes(module),
    ];
  // Measured: with buffering, NGINX's gzip (on for text/html in Debian) holds a streamed page back to
  // its end; without, small answers cost the same, and large ones less with 16k than with 4k.
  return [
    "# Bodies stream both ways, and neither side gets ahead of the other: a large upload needs no",
    "# file, and gzip holds no part of a page back. `X-Accel-Buffering: yes` in a response has NGINX",
    "# take that one in as fast as it comes.",
    `${module}_request_buffering off;`,
    `${module}_buffering off;`,
    ...sizes(module),
  ];
}
