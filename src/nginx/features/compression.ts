import { feature } from "../feature.ts";
import { readBoolean, wanted } from "../setting-values.ts";

/** What is text; images, fonts in WOFF and archives are compressed already. */
const TYPES = [
  "text/plain text/css text/csv text/javascript text/xml",
  "application/javascript application/json application/ld+json application/manifest+json",
  "application/xml application/rss+xml application/atom+xml application/wasm",
  "image/svg+xml font/ttf font/otf",
];

interface Compressing {
  gzip: number | false | undefined;
  brotli: boolean;
  zstd: boolean;
}

/** Answers in fewer bytes, for clients that say that they take them. */
export const compression = feature<Compressing>({
  settings: {
    gzip: {
      text: "true, false or a level from 1 to 9: whether text is compressed on its way out (true: 5). Do not where a page holds a secret beside what its address says (BREACH). Default: as nginx.conf has it.",
      read: (value, into) => {
        if (/^[1-9]$/.test(value)) into.gzip = Number(value);
        else if (/^\d/.test(value)) throw wanted("true, false or a level from 1 to 9", value);
        else into.gzip = readBoolean(value) ? 5 : false;
      },
    },
    brotli: {
      text: "Whether with Brotli too, where this NGINX has the module. Default: false.",
      read: (value, into) => {
        into.brotli = readBoolean(value);
      },
    },
    zstd: {
      text: "Whether with Zstandard too, where this NGINX has the module. Default: false.",
      read: (value, into) => {
        into.zstd = readBoolean(value);
      },
    },
  },
  begin: () => ({ gzip: undefined, brotli: false, zstd: false }),
  add({ gzip, brotli, zstd }, draft) {
    if (gzip === false) draft.server.push(["gzip off;"]);
    else if (gzip !== undefined)
      draft.server.push([
        "gzip on;",
        `gzip_comp_level ${gzip};`,
        "gzip_min_length 1024;",
        "gzip_proxied any;",
        "gzip_vary on;",
        ...types("gzip"),
      ]);
    for (const [name, asked, level] of [
      ["brotli", brotli, 4],
      ["zstd", zstd, 3],
    ] as const) {
      if (!asked) continue;
      if (draft.input.nginx.modules.has(`http_${name}_filter`))
        draft.server.push([
          `${name} on;`,
          ...(gzip === undefined || gzip === false ? ["gzip_vary on;"] : []),
          `${name}_comp_level ${level};`,
          `${name}_min_length 1024;`,
          ...types(name),
        ]);
      else
        draft.leaveOut(
          name,
          `this NGINX has no module for it${name === "brotli" ? " (on Debian libnginx-mod-http-brotli-filter)" : ""}`,
        );
    }
  },
});

function types(name: string): string[] {
  return [`${name}_types`, ...TYPES.map((line, i) => `    ${line}${i === TYPES.length - 1 ? ";" : ""}`)];
}
