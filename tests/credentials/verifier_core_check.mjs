// Checks a badge with @digitalcredentials/verifier-core; what it fetches is handed to it.
import fs from 'node:fs';
const given = JSON.parse(fs.readFileSync(0, 'utf8'));
const pages = new Map(
  Object.entries(given.pages).flatMap(([url, text]) => [
    [url, text],
    [url.replace('http://', 'https://'), text],
  ]),
);
globalThis.fetch = async (asked) => {
  const text = pages.get(typeof asked === 'string' ? asked : asked.url);
  return new Response(text ?? 'not handed over', {
    status: text === undefined ? 404 : 200,
    headers: { 'content-type': 'application/json' },
  });
};
console.error = () => {};
const say = console.log;
console.log = () => {};
const { verifyCredential } = await import('@digitalcredentials/verifier-core');
const found = await verifyCredential({
  credential: JSON.parse(given.badge),
  knownDIDRegistries: [],
});
const log = Object.fromEntries((found.log ?? []).map((one) => [one.id, one.valid ?? one.error]));
say(JSON.stringify({ log, errors: (found.errors ?? []).map((one) => one.name) }));
