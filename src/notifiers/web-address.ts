/** A web address in its normal form, or `undefined` when the text is none that a person could follow or a service would take. */
export function webAddress(text: string | undefined, longest = 1500): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const { href } = new URL(text);
  return /^https?:/.test(href) && href.length <= longest ? href : undefined;
}
