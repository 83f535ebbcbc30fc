/** The page is not part of this build. The message says what to do, for who asks for the page and for who runs the gateway. */
export class PageMissing extends Error {
  override readonly name = "PageMissing";

  constructor(options?: ErrorOptions) {
    super(
      "this build has no page: npm run pack -- api-gateway makes a folder with it, and npm start needs no build; the API at /v1 works without it",
      options,
    );
  }
}
