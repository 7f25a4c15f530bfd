import { ApiError, items, send } from "./api";
import { addTea } from "./example";
import { createItem } from "./page";

function check(truth: boolean, shown: unknown) {
  if (!truth) throw new Error(`not as the page says: ${JSON.stringify(shown)}`);
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  const result = await work.catch((error: unknown) => ({ error }));
  check(typeof result === "object" && result !== null && "error" in result, result);
  return (result as { error: unknown }).error;
}

async function main() {
  const [tea] = await addTea();
  check(tea.title === "Tea", tea);
  await send(`items/${tea.id}`, { method: "DELETE" });
  const { id } = await createItem("Tea");
  check((await items())[0].id === id, id);
  check((await send(`/items/${id}`, { method: "DELETE" })) === undefined, id);

  const error = await failureOf(createItem(""));
  check(error instanceof ApiError && error.status === 422 && error.code === "validation_error", error);
  check((error as ApiError).errors[0].field === "title", error);

  for (const body of ["", "<html></html>", '"text"', "[]", "null", '{"code": 502, "message": "no"}']) {
    globalThis.fetch = async () => new Response(body, { status: 502, headers: { "Retry-After": "7" } });
    const error = await failureOf(items());
    check(error instanceof ApiError && error.status === 502 && error.code === "unknown", error);
    check((error as ApiError).retryAfter === 7 && (error as ApiError).errors.length === 0, error);
  }
}

main();
