import type { AnnotationProblem } from "../../annotations/problem.ts";
import type { InjectionRequest } from "../../annotations/request.ts";
import { PostgresUrlError, parsePostgresUrl } from "../../postgres/url.ts";
import { annotationKey } from "../annotation-key.ts";

/** What is wrong with the URLs of the pod's logins: read as the agent reads them, so that it refuses none later. */
export function urlProblems(
  request: InjectionRequest,
  annotations: Readonly<Record<string, string>>,
): readonly AnnotationProblem[] {
  const pod = { metadata: { annotations } };
  return request.postgres.flatMap(({ name, url }) => {
    const message = url === undefined ? undefined : mistakeIn(url);
    return message === undefined
      ? []
      : [{ annotation: annotationKey({ pod, request }, `postgres-${name}-url`), message }];
  });
}

function mistakeIn(url: string): string | undefined {
  try {
    parsePostgresUrl(url);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof PostgresUrlError) return thrown.message;
    throw thrown;
  }
}
