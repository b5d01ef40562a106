/**
 * Asks a Prometheus each query.
 *
 * @param {string} url - of Prometheus, without a path
 * @param {import('./queries.mjs').Asked[]} queries
 * @returns {Promise<{ failed: (Asked & { why: string })[], empty: Asked[], quiet: Asked[], answered: Asked[] }>} `failed`: Prometheus
 *   refused it; `empty`: it answered nothing though it should have; `quiet`: it answered nothing, as a healthy system may
 */
export async function askPrometheus(url, queries) {
  const found = { failed: [], empty: [], quiet: [], answered: [] };
  for (const asked of queries) {
    const { status, error, data } = await ask(url, asked.expr);
    if (status !== 'success') found.failed.push({ ...asked, why: error });
    else if (data.result.some(hasValue)) found.answered.push(asked);
    else if (asked.mayBeEmpty) found.quiet.push(asked);
    else found.empty.push(asked);
  }
  return found;
}

/** A quantile of nothing is no number, and no curve. */
const hasValue = ({ value: [, text] }) => text !== 'NaN';

async function ask(url, query) {
  const answer = await fetch(`${url}/api/v1/query`, { method: 'POST', body: new URLSearchParams({ query }) });
  const text = await answer.text();
  try {
    return JSON.parse(text);
  } catch {
    return { status: 'error', error: `HTTP ${answer.status}: ${text.slice(0, 200)}` };
  }
}
