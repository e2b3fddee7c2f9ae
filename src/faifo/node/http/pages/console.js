// Keeps a page of the console up to date. Without it every page is read, and sent, all the same.

const main = document.querySelector("main");
const PAUSE = 1000;

async function fetched(address) {
  const answer = await fetch(address, { redirect: "error" });
  if (!answer.ok) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// What a person is at stays: what has the focus, and what was typed.
const inUse = (part) =>
  part.contains(document.activeElement) ||
  [...part.querySelectorAll("input, textarea")].some(
    (one) => one.value !== one.defaultValue || one.checked !== one.defaultChecked,
  );

// Show what `fresh` has in place of what `old` has, part by part; what was unfolded stays unfolded.
function renew(old, fresh) {
  const unfolded = new Set(
    [...old.querySelectorAll("details[open] > summary")].map((one) => one.textContent),
  );
  for (const one of fresh.querySelectorAll("details"))
    if (unfolded.has(one.firstElementChild.textContent)) one.open = true;
  const parts = [...old.children];
  const others = [...fresh.children];
  if (parts.length !== others.length) {
    if (!inUse(old)) old.replaceChildren(...fresh.childNodes);
    return;
  }
  parts.forEach((part, at) => {
    if (!part.isEqualNode(others[at]) && !inUse(part)) part.replaceWith(others[at]);
  });
}

// A browser has few connections to one place, so that only the page that is seen listens.
function listen(address) {
  let bells = null;
  let waits = null;
  const look = async () => {
    waits = null;
    const fresh = await fetched(location.href).catch(() => bells?.close());
    if (fresh) renew(main, fresh.querySelector("main"));
  };
  const follow = () => {
    bells?.close();
    if (document.hidden) return;
    bells = new EventSource(address);
    bells.onmessage = () => (waits ??= setTimeout(look, PAUSE));
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) waits ??= setTimeout(look, 0);
    follow();
  });
  follow();
}

// What is worked at is looked at until it is done; then the page is another one.
function again() {
  setTimeout(async () => {
    const fresh = (await fetched(location.href).catch(() => null))?.querySelector("main");
    if (fresh && !fresh.dataset.again) location.replace(location.pathname);
    else {
      if (fresh) renew(main.querySelector("[role=status]"), fresh.querySelector("[role=status]"));
      again();
    }
  }, PAUSE);
}

// What the terms come to is shown as they are typed.
function preview(terms) {
  let waits = null;
  const look = async () => {
    const asked = new URLSearchParams(location.search);
    for (const one of terms.querySelectorAll("input")) asked.set(one.name, one.value);
    const fresh = await fetched(`?${asked}`).catch(() => null);
    const shown = document.getElementById(terms.dataset.look);
    if (fresh) renew(shown, fresh.getElementById(terms.dataset.look));
  };
  terms.addEventListener("input", () => {
    clearTimeout(waits);
    waits = setTimeout(look, PAUSE / 2);
  });
}

// A passkey is made, or asked for, when the form is sent; what the device says goes with it.
function passkey(form) {
  const asked = JSON.parse(form.dataset.passkey);
  const made = "pubKeyCredParams" in asked;
  const read = made ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
  if (!window.PublicKeyCredential?.[read]) return;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const publicKey = PublicKeyCredential[read](asked);
    const { credentials } = navigator;
    try {
      const said = await (made ? credentials.create({ publicKey }) : credentials.get({ publicKey }));
      form.elements.passkey.value = JSON.stringify(said);
      form.submit();
    } catch {
      // The person said no, or the device has none: the browser has told them.
    }
  });
}

if (main.dataset.again) again();
if (main.dataset.live) listen(main.dataset.live);
document.querySelectorAll("[data-look]").forEach(preview);
document.querySelectorAll("[data-passkey]").forEach(passkey);
