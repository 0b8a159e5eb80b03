import { columns } from "../columns.ts";
import { feature } from "../feature.ts";

/** Header fields that NGINX adds to answers, whichever feature wants them: add_header is inherited all or not at all. */
export const answerHeaders = feature({
  settings: {},
  begin: () => undefined,
  add: (_, draft) => {
    draft.at("").set("answer headers", ({ headers }) => {
      const said = [...headers].filter(([, value]) => value !== "");
      const [taken] = headers.keys();
      // A location without any has those of the server; an empty one is not sent.
      const lines = said.length === 0 && taken !== undefined ? [[taken, '""'] as const] : said;
      return [columns(lines.map(([name, value]) => [`add_header ${name}`, `${value};`]))];
    });
  },
});
