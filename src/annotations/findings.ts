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
  /** No further warning will be shown: it need not be made a good one. */
  readonly isFull: boolean;
}

/** Starts with nothing found. */
export function noFindings(): Findings {
  const problems: AnnotationProblem[] = [];
  const warnings: string[] = [];
  const said = new Set<string>();
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
    get isFull() {
      return warnings.length >= MOST_WARNINGS;
    },
    problem(annotation, message, policy) {
      // A value that is read more than once is wrong only once.
      const sayable = `${annotation}\n${message}\n${policy ?? ""}`;
      if (said.has(sayable)) return;
      if (problems.length >= MOST_PROBLEMS) {
        moreProblems++;
      } else {
        said.add(sayable);
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
