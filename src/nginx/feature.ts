import type { SiteDraft } from "./draft.ts";

/** Where a value stands. */
export interface Place {
  /** Relative paths are taken from here. */
  readonly chdir: string;
  /** In front of a message about it: "hello.ini:4: Cannot set tls: ". */
  readonly where: string;
}

/** A setting, declared. `read` throws an Error that says what was wanted. */
export interface SettingOf<State> {
  /** What it is for and takes, for the reference page. */
  readonly text: string;
  read(value: string, into: State, place: Place): void;
}

/** One thing that a site can do: the settings that ask for it, and what it adds to the site. */
export interface FeatureOf<State> {
  readonly settings: Readonly<Record<string, SettingOf<State>>>;
  /** Nothing was said yet. */
  begin(): State;
  /** @throws SiteError where settings do not go together */
  add(state: State, draft: SiteDraft): void;
}

/** A feature whatever it keeps for itself. */
export interface Feature {
  readonly settings: Readonly<Record<string, { readonly text: string }>>;
  begin(): OpenFeature;
}

export interface OpenFeature {
  /** @param name one of the feature's settings */
  read(name: string, value: string, place: Place): void;
  add(draft: SiteDraft): void;
}

export function feature<State>({ settings, begin, add }: FeatureOf<State>): Feature {
  return {
    settings,
    begin() {
      const state = begin();
      return {
        read: (name, value, place) => settings[name]!.read(value, state, place),
        add: (draft) => add(state, draft),
      };
    },
  };
}
