import type { AnnotationProblem } from "../../annotations/problem.ts";
import type { InjectionPlan } from "../engine.ts";

export function templateProblems(_plan: InjectionPlan): readonly AnnotationProblem[] {
  return [];
}
