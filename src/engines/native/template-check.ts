import type { AnnotationProblem } from "../../annotations/problem.ts";
import type { InjectionRequest, SecretRequest } from "../../annotations/request.ts";
import { parseTemplate, TemplateError } from "../../templates/index.ts";
import { annotationKey } from "../annotation-key.ts";

/**
 * What is wrong with the pod's inline templates, so that a mistake is told at admission and not by an init
 * container that never ends. Template files are first seen by the agent.
 */
export function templateProblems(
  request: InjectionRequest,
  annotations: Readonly<Record<string, string>>,
): readonly AnnotationProblem[] {
  const pod = { metadata: { annotations } };
  return request.secrets.flatMap((secret) => {
    const message = syntaxMistake(secret);
    return message === undefined
      ? []
      : [{ annotation: annotationKey({ pod, request }, `agent-inject-template-${secret.name}`), message }];
  });
}

function syntaxMistake({ name, template, leftDelimiter, rightDelimiter }: SecretRequest): string | undefined {
  if (template.kind !== "inline") {
    return undefined;
  }
  try {
    parseTemplate(template.text, { name, leftDelimiter, rightDelimiter });
    return undefined;
  } catch (thrown) {
    if (thrown instanceof TemplateError) {
      return thrown.message;
    }
    throw thrown;
  }
}
