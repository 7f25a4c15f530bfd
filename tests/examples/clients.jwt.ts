import { ApiError, items, logIn, send } from "./api";
import { addTea } from "./example";
import { createItem } from "./page";

const pair = (name: string) => ({ access_token: name, refresh_token: name });
const ended = { code: "invalid_token", detail: "It is over.", errors: [] };

function check(truth: boolean, shown: unknown) {
  if (!truth) throw new Error(`not as the page says: ${JSON.stringify(shown)}`);
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  const result = await work.catch((error: unknown) => ({ error }));
  check(typeof result === "object" && result !== null && "error" in result, result);
  return (result as { error: unknown }).error;
}

async function failsWith(code: string, work: Promise<unknown>): Promise<ApiError> {
  const error = await failureOf(work);
  check(error instanceof ApiError && error.code === code, error);
  return error as ApiError;
}

/** A server that takes one access token, and answers a renewal with `renewal()`. */
function serve(good: string, renewal: () => Promise<Response> | Response) {
  const counts = { renewals: 0 };
  globalThis.fetch = async (url, options) => {
    if (`${url}`.endsWith("/auth/token")) return Response.json(pair("of Eve"));
    if (`${url}`.endsWith("/auth/refresh")) {
      counts.renewals++;
      return renewal();
    }
    const isGood = new Headers(options?.headers).get("Authorization") === `Bearer ${good}`;
    return isGood ? Response.json({ items: [] }) : Response.json(ended, { status: 401 });
  };
  return counts;
}

async function main() {
  await failsWith("unauthorized", items());
  const account = { email: "you@example.com", password: "your password" };
  const headers = { "Content-Type": "application/json" };
  await send("auth/register", { method: "POST", headers, body: JSON.stringify(account) });
  await failsWith("invalid_credentials", logIn(account.email, "another horse"));
  const [tea] = await addTea();
  check(tea.title === "Tea", tea);
  await send(`items/${tea.id}`, { method: "DELETE" });
  const { id } = await createItem("Tea");
  check((await items())[0].id === id, id);
  check((await send(`items/${id}`, { method: "DELETE" })) === undefined, id);
  const error = await failsWith("validation_error", createItem(""));
  check(error.status === 422 && error.errors[0].field === "title", error);

  // A session goes on after a failed renewal.
  for (const status of [401, 429, 500, 502, 503]) {
    serve("new", () => new Response("<html></html>", { status, headers: { "Retry-After": "7" } }));
    const error = await failsWith("unknown", items());
    check(error.status === status && error.retryAfter === 7, error);
  }
  serve("new", () => {
    throw new TypeError("Failed to fetch");
  });
  check((await failureOf(items())) instanceof TypeError, "the error of the network");
  serve("new", () => new Response("<html>Log in</html>"));
  check((await failureOf(items())) instanceof SyntaxError, "not from the server");

  // One renewal for all who wait for it.
  const counts = serve("new", () => Response.json(pair("new")));
  await Promise.all([items(), items(), items()]);
  check(counts.renewals === 1, counts);

  // Who logs in during a renewal stays so.
  for (const response of [Response.json(pair("late")), Response.json(ended, { status: 401 })]) {
    let answer = (_response: Response) => {};
    serve("of nobody", () => new Promise<Response>((resolve) => (answer = resolve)));
    const waiting = failsWith("invalid_token", items());
    await new Promise((resolve) => setTimeout(resolve));
    await logIn("eve@example.com", account.password);
    answer(response);
    await waiting;
    serve("of Eve", () => Response.error());
    await items();
  }

  // The server's word ends it.
  serve("new", () => Response.json(ended, { status: 401 }));
  await failsWith("invalid_token", items());
  const after = serve("new", () => Response.json(pair("new")));
  await failsWith("invalid_token", items());
  check(after.renewals === 0, after);
}

main();
