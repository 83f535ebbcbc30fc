/** A URL that a workflow may request, or why it may not. Does not look at the address behind its name. */
export function readHttpUrl(text: string): { readonly url: URL } | { readonly error: string } {
  const url = URL.parse(text);
  if (url === null) return { error: "expected an absolute URL such as https://example.com/orders" };
  if (url.protocol !== "http:" && url.protocol !== "https:") return { error: "expected a URL with http or https" };
  if (url.username !== "" || url.password !== "") return { error: "a URL must not hold a user name or a password" };
  return { url };
}
