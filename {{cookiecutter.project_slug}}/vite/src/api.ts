// Sends requests to the server. Throws an ApiError for an error response.

const base = "http://localhost:8000/api/v1";

export type FieldError = { field: string; message: string; code: string };
type Problem = { code: string; detail: string; errors: FieldError[] };

/** An error response of the server: `code` is for programs, `message` is for people. */
export class ApiError extends Error {
  status: number;
  code: string;
  errors: FieldError[]; // the rejected fields
  retryAfter?: number; // seconds

  constructor(response: Response, problem: Problem) {
    super(problem.detail);
    this.status = response.status;
    this.code = problem.code;
    this.errors = problem.errors;
    this.retryAfter = Number(response.headers.get("Retry-After")) || undefined;
  }
}

export async function items() {
  return (await send("items?limit=20")).items;
}

/** Sends a request to any path of the API. */
export async function send(path: string, options: RequestInit = {}) {
  // %if jwt
  const response = await request(path, options);
  // Concurrent requests that need new tokens wait for the same refresh.
  if (response.status !== 401 || !tokens || !(await (renewing ??= renew(tokens)))) {
    return read(response);
  }
  // %endif
  return read(await request(path, options));
}

function request(path: string, options: RequestInit) {
  const headers = new Headers(options.headers);
  if (tokens) headers.set("Authorization", `Bearer ${tokens.access_token}`);  // %if jwt
  return fetch(`${base}/${path.replace(/^\//, "")}`, { ...options, headers });
}

async function read(response: Response) {
  if (response.ok) return response.status === 204 ? undefined : response.json();
  const problem = await response.json().catch(() => undefined);
  const detail = `The server responded with status ${response.status}.`; // or of a proxy
  const known = typeof problem?.code === "string" && Array.isArray(problem.errors);
  throw new ApiError(response, known ? problem : { code: "unknown", detail, errors: [] });
}
// %if jwt

type Tokens = { access_token: string; refresh_token: string };
let tokens: Tokens | undefined; // gone when the page is reloaded
let renewing: Promise<boolean> | undefined;

export async function logIn(email: string, password: string) {
  const body = new URLSearchParams({ username: email, password });
  tokens = await read(await fetch(`${base}/auth/token`, { method: "POST", body }));
}

async function renew(spent: Tokens) {
  let renewed: Tokens | undefined;
  try {
    renewed = await read(
      await fetch(`${base}/auth/refresh`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ refresh_token: spent.refresh_token }),
      }),
    );
  } catch (error) {
    // The session stays after all other errors: a network error, 429, 503, an error of a proxy …
    if (!(error instanceof ApiError && error.code === "invalid_token")) throw error;
  } finally {
    renewing = undefined;
  }
  if (tokens !== spent) return false; // logged in again in the meantime
  tokens = renewed;
  return renewed !== undefined;
}
// %endif
