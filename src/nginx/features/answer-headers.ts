import { columns } from "../columns.ts";
import { feature } from "../feature.ts";

/** Header fields that NGINX adds to answers, whichever feature wants them: add_header is inherited all or not at all. */
export const answerHeaders = feature({
  settings: {},
  begin: () => undefined,
  add: (_, draft) => {
    draft.at("").set("answer headers", ({ headers }) => {
      const said = [...headers].filter(([, value]) => value !== "");
      // A location without any has those of the server; empty ones are not sent.
      const taken = [...headers.keys()].map((name) => [name, '""'] as const);
      const lines = said.length > 0 ? said : taken;
      return [columns(lines.map(([name, value]) => [`add_header ${name}`, `${value};`]))];
    });
  },
});
