import { printableKey } from "./printable.ts";
import type { AnnotationProblem } from "./problem.ts";

/** Kubernetes shows about this many characters of a warning. */
const LONGEST_WARNING = 240;
const MOST_WARNINGS = 20;
const MOST_PROBLEMS = 50;

/** What was found wrong, or worth a word, while annotations are read. Hostile input cannot make it grow. */
export interface Findings {
  readonly problems: readonly AnnotationProblem[];
  readonly warnings: readonly string[];
  /** `annotation`: its full key as written; `""` for the pod itself. */
  problem(annotation: string, message: string, policy?: string): void;
  warn(text: string): void;
}

/** Starts with nothing found. */
export function noFindings(): Findings {
  const problems: AnnotationProblem[] = [];
  const warnings: string[] = [];
  let moreProblems = 0;
  let moreWarnings = 0;
  return {
    get problems() {
      return moreProblems === 0
        ? problems
        : [...problems, { annotation: "", message: `${moreProblems} more annotations are wrong` }];
    },
    get warnings() {
      return moreWarnings === 0 ? warnings : [...warnings, `and ${moreWarnings} more warnings`];
    },
    problem(annotation, message, policy) {
      if (problems.length >= MOST_PROBLEMS) {
        moreProblems++;
      } else {
        const found = { annotation: printableKey(annotation), message };
        problems.push(policy === undefined ? found : { ...found, policy });
      }
    },
    warn(text) {
      if (warnings.length >= MOST_WARNINGS) moreWarnings++;
      else warnings.push(text.length > LONGEST_WARNING ? `${text.slice(0, LONGEST_WARNING - 1)}…` : text);
    },
  };
}
