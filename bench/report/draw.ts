import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Results } from "../results.ts";
import { write } from "./write.ts";

/** `npm run report`: draws RESULTS.md and the plots anew from results.json. */
const folder = join(import.meta.dirname, "..");
write(JSON.parse(readFileSync(join(folder, "results.json"), "utf8")) as Results, folder);
