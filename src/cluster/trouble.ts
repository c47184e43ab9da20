import { ClusterError } from "./cluster-error.ts";

/** Who is told of the problems of something that is tried again and again. */
export interface ProblemEvents {
  readonly onProblem: (error: unknown) => void;
  /** With the problem that is over. */
  readonly onRecovered: (error: unknown) => void;
}

/** What is wrong at the moment; told when it changes, not at every attempt. */
export interface Trouble {
  /** Tells a problem that is not the last one told. A lost race is none: the next attempt settles it. */
  readonly failed: (error: unknown) => void;
  readonly recovered: () => void;
}

/** No trouble yet. */
export function trouble(events: ProblemEvents): Trouble {
  let told: { readonly error: unknown } | undefined;
  return {
    failed(error) {
      if (error instanceof ClusterError && error.kind === "conflict") return;
      if (told && String(told.error) === String(error)) return;
      told = { error };
      events.onProblem(error);
    },
    recovered() {
      if (!told) return;
      const { error } = told;
      told = undefined;
      events.onRecovered(error);
    },
  };
}
