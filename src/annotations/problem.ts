/** One thing wrong with a pod's annotations; a pod may have many, and all are told at once. */
export interface AnnotationProblem {
  /** The full key as written on the pod, e.g. `vault.hashicorp.com/agent-run-as-user`; `""` for the pod itself. */
  readonly annotation: string;
  /** What is wrong and what would be right, without the key, e.g. `expected a number, got "root"`. */
  readonly message: string;
  /** The setting of the policy that refuses it, when one does. */
  readonly policy?: string;
}

/** A problem in one line, for a person. */
export function problemLine({ annotation, message, policy }: AnnotationProblem): string {
  const said = annotation === "" ? message : `${annotation}: ${message}`;
  return policy === undefined ? said : `${said} (policy ${policy})`;
}
