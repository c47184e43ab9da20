/** What stands for something in Go's reference time, longest first where one begins another. */
const ELEMENTS = [
  "January",
  "Monday",
  "2006",
  "Z07:00:00",
  "-07:00:00",
  "Z070000",
  "-070000",
  "Z07:00",
  "-07:00",
  "Z0700",
  "-0700",
  "__2",
  "002",
  "Jan",
  "Mon",
  "MST",
  "Z07",
  "-07",
  "_2",
  "01",
  "02",
  "03",
  "04",
  "05",
  "06",
  "15",
  "PM",
  "pm",
  "1",
  "2",
  "3",
  "4",
  "5",
] as const;

export type LayoutElement = (typeof ELEMENTS)[number];

/** A piece of a layout: an element, a fraction of a second, or text that stands for itself. */
export type LayoutPart =
  | { readonly kind: "element"; readonly element: LayoutElement }
  | {
      readonly kind: "fraction";
      readonly digits: number;
      readonly trims: boolean;
      readonly separator: string;
    }
  | { readonly kind: "text"; readonly text: string };

function elementAt(layout: string, at: number): LayoutElement | undefined {
  const found = ELEMENTS.find((element) => layout.startsWith(element, at));
  const next = layout[at + 3] ?? "";
  // `Jan` and `Mon` that go on in small letters are words of their own.
  if ((found === "Jan" || found === "Mon") && /[a-z]/.test(next)) return undefined;
  // `_2006` is an underscore and a year.
  return found === "_2" && layout.startsWith("_2006", at) ? undefined : found;
}

/** Cuts a layout of Go's time package into its parts. */
export function layoutParts(layout: string): LayoutPart[] {
  const parts: LayoutPart[] = [];
  let text = "";
  const flush = (): void => {
    if (text !== "") parts.push({ kind: "text", text });
    text = "";
  };
  for (let at = 0; at < layout.length; ) {
    const fraction = /^[.,](0+|9+)(?!\d)/.exec(layout.slice(at, at + 32));
    const element = elementAt(layout, at);
    if (fraction) {
      flush();
      const digits = fraction[1] ?? "";
      parts.push({
        kind: "fraction",
        digits: digits.length,
        trims: digits.startsWith("9"),
        separator: fraction[0].slice(0, 1),
      });
      at += fraction[0].length;
    } else if (element) {
      flush();
      parts.push({ kind: "element", element });
      at += element.length;
    } else text += layout[at++];
  }
  flush();
  return parts;
}
