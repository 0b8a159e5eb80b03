import type { Environment } from "../../src/options/config.ts";

/** A made-up machine, with files as they are given: path to text. */
export function machine(
  files: Readonly<Record<string, string>> = {},
  rest: Partial<Environment> = {},
): Environment {
  return {
    env: {},
    cwd: "/srv/site",
    cores: 2,
    hostname: "web1",
    readFile(path) {
      const text = files[path];
      if (text !== undefined) return text;
      const isDirectory = Object.keys(files).some((file) => file.startsWith(`${path}/`));
      throw Object.assign(new Error(`cannot read ${path}`), { code: isDirectory ? "EISDIR" : "ENOENT" });
    },
    ...rest,
  };
}
