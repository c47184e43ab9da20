/** Go's template language with consul-template's functions, as Vault Agent renders it. The module's only entry. */
export { type DefaultTemplateKind, defaultTemplate } from "./default-template.ts";
export type { Dependency } from "./dependency.ts";
export { certificateDependency, listDependency, secretDependency } from "./dependency-key.ts";
export { TemplateError, type TemplateErrorCode, type TemplateLocation } from "./errors.ts";
export {
  type Fetched,
  type FetchRequest,
  type FetchResponse,
  fetchDependency,
  NoSecretError,
  type Send,
} from "./fetch.ts";
export { DEFAULT_LIMITS, type RenderLimits } from "./limits.ts";
export { type Program, runProgram } from "./programs.ts";
export type { FileWrite, RenderContext, RenderResult } from "./render/context.ts";
export {
  loadTemplateLibraries,
  type ParseOptions,
  parseTemplate,
  renderTemplate,
  type Template,
} from "./template.ts";
export { decodeSecret, decodeSecretList } from "./values/secret.ts";
export type { Value as TemplateValue } from "./values/value.ts";
export { WrittenFiles } from "./written-files.ts";
