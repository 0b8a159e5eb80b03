import { feature } from "../feature.ts";

/** The header field in which an app is told who was let in; over uwsgi and FastCGI REMOTE_USER besides. */
export const IDENTITY_FIELD = "X-Remote-User";

/** Nobody is who they say they are: where no auth says it, nobody was let in by name. */
export const identity = feature({
  settings: {},
  begin: () => undefined,
  add: (_, draft) => {
    draft.at("").fields.set(IDENTITY_FIELD, '""');
  },
});
