import { RE2JS } from "re2js";
import { fromBytes, fromBytesExactly, toBytes, toBytesExactly } from "../bytes.ts";
import { FunctionError } from "../errors.ts";
import type { Meter } from "../limits.ts";

/** Where a match and its groups stand; a group that took no part has -1. */
interface Match {
  readonly text: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** A compiled RE2 expression: it matches in time linear in the text. */
export interface RegularExpression {
  /** The first match in a text (bytes), as bytes. */
  readonly find: (bytes: string) => string | undefined;
  /** All matches that do not overlap, as Go finds them: none is empty right behind another. */
  readonly findAll: (text: string, limit: number) => Match[];
  readonly groups: Readonly<Record<string, number>>;
}

/** How Go begins what is wrong with an expression. */
const PREFIX = "error parsing regexp: ";
/** Longer expressions compile to more states than any honest one needs. */
const MAX_EXPRESSION = 16 * 1024;

/** States that may be made in a step, and states times bytes that may be matched in one. */
const STATES_A_STEP = 2;
const MATCHES_A_STEP = 32;
/** Go refuses more than so many repetitions of something. */
const MAX_REPETITIONS = 1000;

/** Quoted text, an escape, a repetition, a class of characters (a bracket right at its start is one), or anything else. */
const PARTS =
  /\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]|\{\d+(?:,\d*)?\}|\[\^?\]?(?:\\[\s\S]|[^\]\\])*(?:\]|\\?$)|[\s\S]/g;

/** About how many states an expression has: its length, with what `{n,m}` repeats as often as it does. */
function statesOf(expression: string): number {
  const groups: number[] = [];
  let total = 0;
  let last = 0;
  for (const [part] of expression.matchAll(PARTS)) {
    if (part === "(") {
      groups.push(total);
      total = 0;
      last = 0;
    } else if (part === ")") {
      last = total;
      total += groups.pop() ?? 0;
    } else if (/^\{\d/.test(part)) {
      const most = Math.max(...(part.match(/\d+/g) ?? []).map(Number));
      total += last * Math.min(most, MAX_REPETITIONS);
    } else {
      last = 1;
      total += part.startsWith("\\Q") ? part.length : 1;
    }
  }
  return total + groups.reduce((sum, group) => sum + group, 0);
}

/**
 * Compiles an expression (bytes) in Go's syntax. Matching is linear in the text, but by how much is the expression's
 * size, so both count. @throws FunctionError if it is none
 */
export function compileRegex(bytes: string, meter: Meter): RegularExpression {
  if (bytes.length > MAX_EXPRESSION) throw new FunctionError("the regular expression is too long");
  if (toBytes(fromBytes(bytes)) !== bytes) throw new FunctionError("error parsing regexp: invalid UTF-8");
  const states = statesOf(bytes);
  meter.step(Math.ceil(states / STATES_A_STEP));
  const charge = (text: string): string => {
    meter.step(Math.floor((states * text.length) / MATCHES_A_STEP));
    return text;
  };
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(fromBytes(bytes));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new FunctionError(message.startsWith(PREFIX) ? message : PREFIX + message);
  }
  return {
    find: (text) => {
      const [match] = findAll(compiled, charge(fromBytesExactly(text)), 1);
      return match && toBytesExactly(match.text);
    },
    findAll: (text, limit) => findAll(compiled, charge(text), limit),
    groups: compiled.namedGroups(),
  };
}

function findAll(compiled: RE2JS, text: string, limit: number): Match[] {
  const matcher = compiled.matcher(text);
  const groupCount = matcher.groupCount();
  const matches: Match[] = [];
  let previousEnd = -1;
  while ((limit < 0 || matches.length < limit) && matcher.find()) {
    const [start, end] = [matcher.start(), matcher.end()];
    if (start === end && start === previousEnd) continue;
    previousEnd = end;
    const numbers = Array.from({ length: groupCount + 1 }, (_, group) => group);
    matches.push({
      text: text.slice(start, end),
      starts: numbers.map((group) => matcher.start(group)),
      ends: numbers.map((group) => matcher.end(group)),
    });
  }
  return matches;
}

const REFERENCE = /\$(?:(\$)|(\w+)|\{(\w+)\})/g;

/** Puts groups for `$1`, `${1}`, `$name` and `${name}`; what names no group is empty. */
function expand(
  template: string,
  text: string,
  match: Match,
  groups: Readonly<Record<string, number>>,
): string {
  return template.replace(REFERENCE, (_, dollar?: string, bare?: string, braced?: string) => {
    if (dollar !== undefined) return "$";
    const name = bare ?? braced ?? "";
    const group = /^\d+$/.test(name) ? Number(name) : Object.hasOwn(groups, name) ? (groups[name] ?? -1) : -1;
    const start = match.starts[group] ?? -1;
    return start < 0 ? "" : text.slice(start, match.ends[group]);
  });
}

/** Replaces all matches in a text (bytes); `literal`: the replacement has no references. */
export function replaceMatches(
  expression: RegularExpression,
  bytes: string,
  replacement: string,
  meter: Meter,
  literal = false,
): string {
  const text = fromBytesExactly(bytes);
  const template = fromBytesExactly(replacement);
  let replaced = "";
  let end = 0;
  for (const match of expression.findAll(text, -1)) {
    const inserted = literal ? template : expand(template, text, match, expression.groups);
    meter.allocate(inserted.length);
    replaced += text.slice(end, match.starts[0]) + inserted;
    end = match.ends[0] ?? end;
  }
  return toBytesExactly(replaced + text.slice(end));
}
