import { z } from "zod";

/** A name, an IPv4 address or an IPv6 address in brackets, as `URL` writes it. */
const HOST = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\])$/;

/** The variable ALLOWED_HOSTS: hosts without ports, separated by commas, in lower case. Default: none. */
export function allowedHosts(): z.ZodType<readonly string[]> {
  const expected = "expected host names or addresses without a port, separated by commas";
  return z
    .string({ error: expected })
    .transform((text, context) => {
      const hosts = text.split(",").map((host) => host.trim().toLowerCase());
      if (hosts.every((host) => HOST.test(host))) return hosts;
      context.issues.push({ code: "custom", message: expected, input: text });
      return z.NEVER;
    })
    .default([]);
}
