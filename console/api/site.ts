/** Which addresses this console answers to, and which authority its agents sign: pure. */

/** Where the console is reached. */
export interface Site {
  /** The address for people. */
  readonly url: string;
  /** Origins that an enrolment may name. */
  readonly origins: ReadonlySet<string>;
  /** Values of the Host field that are answered; undefined answers to any (a proxy may change it). */
  readonly hosts: ReadonlySet<string> | undefined;
  /** The authority that agents sign; undefined takes the request's own. */
  readonly authority: string | undefined;
}

/** What the site follows from. */
export interface SiteFacts {
  readonly tls: boolean;
  readonly port: number;
  readonly publicUrl?: string;
  readonly behindProxy: boolean;
}

/** The site of a console that listens on `port`. */
export function siteOf({ tls, port, publicUrl, behindProxy }: SiteFacts): Site {
  const scheme = tls ? "https" : "http";
  const local = ["127.0.0.1", "localhost", "[::1]"].map(
    (host) => new URL(`${scheme}://${host}:${port}`),
  );
  if (publicUrl === undefined) {
    return {
      url: `${scheme}://127.0.0.1:${port}/`,
      origins: new Set(local.map(({ origin }) => origin)),
      hosts: new Set(local.map(({ host }) => host)),
      authority: undefined,
    };
  }
  const url = new URL(publicUrl);
  return {
    url: url.href,
    origins: new Set([url.origin]),
    hosts: behindProxy ? undefined : new Set([url.host, ...local.map(({ host }) => host)]),
    authority: url.host,
  };
}
