/** A request that cannot be done; `body` is what Alertmanager would answer: a sentence, or a code with a sentence. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: string | { readonly code: number; readonly message: string }) {
    super(typeof body === 'string' ? body : body.message);
    this.status = status;
    this.body = body;
  }
}

/** The body is no JSON, or not of this shape. */
export function unreadable(what: 'alerts' | 'silence', reason: string): Refused {
  return new Refused(400, { code: 400, message: `parsing ${what} body from "" failed, because ${reason}` });
}

/** A field is missing or of the wrong form; `code` as go-openapi numbers them. */
export function invalid(code: 601 | 602 | 612, message: string): Refused {
  return new Refused(422, { code, message });
}
