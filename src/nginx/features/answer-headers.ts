import { columns } from "../columns.ts";
import { feature } from "../feature.ts";

/** Header fields that NGINX adds to answers, whichever feature wants them: add_header is inherited all or not at all. */
export const answerHeaders = feature({
  settings: {},
  begin: () => undefined,
  add: (_, draft) => {
    draft
      .at("")
      .set("answer headers", ({ headers }) => [
        columns(
          [...headers]
            .filter(([, value]) => value !== "")
            .map(([name, value]) => [`add_header ${name}`, `${value};`]),
        ),
      ]);
  },
});
