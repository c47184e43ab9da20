import { trimSpace } from "../format/trim.ts";
import { encodeToml } from "../values/toml-encode.ts";
import { ANY } from "../values/value.ts";
import { define, library } from "./function-spec.ts";

/** TOML, one way: Vault Agent cannot read it either. */
export const TOML = library({
  toTOML: define([ANY], (args) => trimSpace(encodeToml(args.any(0), args.run.meter))),
});
